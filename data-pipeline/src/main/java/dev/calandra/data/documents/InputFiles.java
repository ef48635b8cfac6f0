package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The files that a user means by a path: a file, every file below a folder, or the matches of a glob in one folder. */
final class InputFiles {
    private InputFiles() {}

    /**
     * The files, sorted by path.
     *
     * @param input a file, a folder, or a path whose last part has {@code *}, {@code ?}, {@code [} or {@code {}
     * @throws DataException when there is none
     */
    static List<Path> find(String input) throws IOException {
        Path path = Path.of(input);
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(path)) {
            try (Stream<Path> below = Files.walk(path)) {
                below.filter(Files::isRegularFile).filter(InputFiles::isVisible).forEach(files::add);
            }
        } else if (Files.exists(path)) {
            files.add(path);
        } else if (path.getFileName() != null && path.getFileName().toString().matches(".*[*?\\[{].*")) {
            Path folder = path.toAbsolutePath().getParent();
            try (DirectoryStream<Path> matches =
                    Files.newDirectoryStream(folder, path.getFileName().toString())) {
                matches.forEach(files::add);
            }
        }
        if (files.isEmpty()) {
            throw new DataException(input + ": no such file, or no file there; give a file, a folder or a glob");
        }
        files.sort(Comparator.comparing(Path::toString));
        return files;
    }

    /** Opens a file, decompressing it when its name ends in {@code .gz}. */
    static InputStream open(Path file) throws IOException {
        InputStream raw = Files.newInputStream(file);
        try {
            return file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : new BufferedInputStream(raw);
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    private static boolean isVisible(Path file) {
        return !file.getFileName().toString().startsWith(".");
    }
}
