package dev.calandra.configs;

import java.util.Objects;

/**
 * One mistake in a config.
 *
 * @param file where the value came from: a file as the user named it, {@code --set}, or empty for a value built in code
 * @param line line in that file, from 1; 0 where lines mean nothing
 * @param key dotted key, such as {@code model.hidden_size}; empty when the whole file is at fault
 * @param message what is wrong (the value), and what would be right
 */
public record Problem(String file, int line, String key, String message) {
    public Problem {
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(message, "message");
        if (line < 0) {
            throw new IllegalArgumentException("line is negative: " + line);
        }
    }

    /** {@code file:line: key: message}, without the parts that are empty. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(file);
        if (line > 0) {
            text.append(':').append(line);
        }
        if (!text.isEmpty()) {
            text.append(": ");
        }
        if (!key.isEmpty()) {
            text.append(key).append(": ");
        }
        return text.append(message).toString();
    }
}
