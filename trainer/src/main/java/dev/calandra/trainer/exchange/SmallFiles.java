package dev.calandra.trainer.exchange;

import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Whole small files of a storage. */
final class SmallFiles {

    /** The largest of them is a tokenizer; published ones stay below 40 MB. */
    private static final int MAX_BYTES = 256 << 20;

    private SmallFiles() {}

    /** A file of a folder by its name, links followed: Hugging Face's own cache is made of links that lead out of the folder. */
    static String in(String folder, String name) {
        return (folder.endsWith("/") ? folder : folder + "/") + name;
    }

    static byte[] read(Storage storage, String location) throws IOException {
        try (InputFile file = storage.openFile(location)) {
            if (file.length() > MAX_BYTES) {
                throw new IOException("it has " + file.length() + " bytes; at most " + MAX_BYTES + " are read");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) file.length());
            file.readFully(0, bytes);
            return bytes.array();
        }
    }

    static String readText(Storage storage, String location) throws IOException {
        return new String(read(storage, location), StandardCharsets.UTF_8);
    }

    /**
     * Writes a new file durably.
     *
     * @param created is told the location once the file is there, whole or not
     */
    static void write(Storage storage, String location, byte[] bytes, Consumer<String> created) throws IOException {
        try (OutputFile file = storage.createFile(location)) {
            created.accept(location);
            file.write(ByteBuffer.wrap(bytes));
            file.sync();
        }
    }
}
