package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;

/**
 * A file whose bytes cannot be what was saved: damaged, truncated, or never of this format. Only this kind of failure lets a run fall back to
 * an older step; a disk that cannot be reached or a format from the future does not.
 */
public final class CorruptCheckpointException extends CheckpointException {
    private static final int LONGEST_NAME_SHOWN = 200;

    private final String file;

    CorruptCheckpointException(String file, String problem) {
        this(file, problem, null);
    }

    CorruptCheckpointException(String file, String problem, Throwable cause) {
        super(
                file + ": " + problem + "; the file is damaged or not what it claims to be: restore it from a copy",
                cause);
        this.file = file;
    }

    /** Location of the file that is damaged. */
    public String file() {
        return file;
    }

    /** A name out of an untrusted file, quoted, on one line and of bounded length, so that it cannot forge log lines. */
    static String quoted(String name) {
        StringBuilder shown = new StringBuilder("'");
        name.codePoints().limit(LONGEST_NAME_SHOWN).forEach(c -> {
            if (Character.isISOControl(c)) {
                shown.append(String.format("\\u%04x", c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.append("'").toString();
    }
}
