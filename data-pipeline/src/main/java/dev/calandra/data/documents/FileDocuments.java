package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** The documents of files, one file after another in the order of their names. */
final class FileDocuments implements DocumentSource {
    private final String input;
    private final Fields fields;
    private final List<String> files;
    private final long length;
    private final AtomicLong bytesRead = new AtomicLong();

    private FileDocuments(String input, Fields fields, List<String> files, long length) {
        this.input = input;
        this.fields = fields;
        this.files = files;
        this.length = length;
    }

    /**
     * Finds the files.
     *
     * @throws DataException when there is none, or one of them is of no known kind
     */
    static FileDocuments open(String input, Fields fields) throws IOException {
        try (StorageLocation location = Storages.open(input)) {
            List<String> files = InputFiles.find(location);
            long length = 0;
            for (String file : files) {
                if (FileFormat.of(file).isEmpty()) {
                    String endings = FileFormat.BY_ENDING.keySet().stream()
                            .sorted()
                            .map(ending -> "." + ending)
                            .collect(Collectors.joining(" "));
                    throw new DataException(
                            "%s: not a kind of file that is read; use one of %s, JSON lines and text also as .gz or .zst"
                                    .formatted(file, endings));
                }
                length += location.storage().length(file);
            }
            return new FileDocuments(input, fields, files, length);
        }
    }

    @Override
    public void read(Sink sink) throws IOException {
        bytesRead.set(0);
        try (StorageLocation location = Storages.open(input)) {
            Storage storage = location.storage();
            for (String file : files) {
                FileFormat format = FileFormat.of(file).orElseThrow();
                if (!format.read(new SourceFile(storage, file, bytesRead), fields, sink)) {
                    return;
                }
            }
        }
    }

    @Override
    public OptionalDouble shareRead() {
        return OptionalDouble.of(length == 0 ? 1 : Math.min(1, (double) bytesRead.get() / length));
    }
}
