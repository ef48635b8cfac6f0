package dev.calandra.configs;

import java.nio.file.Path;

/**
 * Where a value was written.
 *
 * @param file the file as the user named it, {@code --set}, or {@code default}
 * @param line line in the file, from 1; 0 where lines mean nothing
 */
record Origin(String file, int line) {
    static final Origin OVERRIDE = new Origin("--set", 0);
    static final Origin DEFAULT = new Origin("default", 0);

    Problem problem(String key, String message) {
        return new Problem(file, line, key, message);
    }

    /** {@code default}, {@code --set}, or the file's name and the line. */
    String brief() {
        return line == 0 ? file : Path.of(file).getFileName() + ":" + line;
    }
}
