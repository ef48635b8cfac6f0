package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import dev.calandra.storage.StorageLocation;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files that a user means: a file, every file below a folder, or the matches of a glob in one folder; on local disk or HDFS. Names that
 * begin with a dot or an underscore ({@code _SUCCESS}) are no data, and an {@code .idx} is read with its {@code .bin}.
 */
final class InputFiles {
    private final Storage storage;
    private final List<String> found = new ArrayList<>();

    private InputFiles(Storage storage) {
        this.storage = storage;
    }

    /**
     * The files, sorted by location.
     *
     * @param input a file, a folder, or a location whose last part has {@code *}, {@code ?}, {@code [} or {@code {}
     * @throws DataException when there is none
     */
    static List<String> find(StorageLocation input) throws IOException {
        InputFiles files = new InputFiles(input.storage());
        if (input.storage().localPath(input.location()).isPresent()) {
            files.findLocal(input.storage().localPath(input.location()).get());
        } else {
            files.findRemote(input.location());
        }
        if (files.found.isEmpty()) {
            throw new DataException(input + ": no such file, or no file there; give a file, a folder or a glob");
        }
        files.found.sort(Comparator.naturalOrder());
        return files.found;
    }

    private void findLocal(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            try (Stream<Path> below = Files.walk(path)) {
                below.filter(Files::isRegularFile)
                        .filter(file -> isData(file.getFileName().toString()))
                        .forEach(file -> found.add(file.toString()));
            }
        } else if (Files.exists(path)) {
            found.add(path.toString());
        } else if (path.getParent() != null && Files.isDirectory(path.getParent())) {
            PathMatcher glob = glob(path.getFileName().toString());
            try (Stream<Path> entries = Files.list(path.getParent())) {
                entries.filter(file -> Files.isRegularFile(file) && glob.matches(file.getFileName()))
                        .forEach(file -> found.add(file.toString()));
            }
        }
    }

    private void findRemote(String location) throws IOException {
        int slash = location.lastIndexOf('/');
        boolean isInRoot = location.indexOf('/', location.indexOf("//") + 2) == slash;
        String folder = location.substring(0, isInRoot ? slash + 1 : slash);
        String name = location.substring(slash + 1);
        if (name.isEmpty()) {
            addFolder(location);
        } else if (storage.exists(folder)) {
            PathMatcher glob = glob(name);
            for (StorageEntry entry : storage.list(folder)) {
                if (entry.name().equals(name) && entry.folder()) {
                    addFolder(location);
                } else if (!entry.folder() && (entry.name().equals(name) || glob.matches(Path.of(entry.name())))) {
                    found.add(child(folder, entry));
                }
            }
        }
    }

    private void addFolder(String folder) throws IOException {
        for (StorageEntry entry : storage.list(folder)) {
            if (entry.folder() && isVisible(entry.name())) {
                addFolder(child(folder, entry));
            } else if (!entry.folder() && isData(entry.name())) {
                found.add(child(folder, entry));
            }
        }
    }

    private String child(String folder, StorageEntry entry) throws IOException {
        try {
            return storage.child(folder, new FileName(entry.name()));
        } catch (IllegalArgumentException e) {
            throw new DataException(folder + ": " + e.getMessage() + "; rename it", e);
        }
    }

    private static PathMatcher glob(String pattern) {
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (IllegalArgumentException e) {
            throw new DataException(pattern + ": not a glob (" + e.getMessage() + "); correct it", e);
        }
    }

    private static boolean isVisible(String name) {
        return !name.startsWith(".") && !name.startsWith("_");
    }

    private static boolean isData(String name) {
        return isVisible(name) && !name.endsWith(".idx");
    }
}
