package dev.calandra.data.documents;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Lines of UTF-8 (other bytes become U+FFFD), ended by a line feed; one that is too long is skipped without being held in memory. */
final class LineReader {
    /** Longest line; a line is one document, and several documents are in memory at once. */
    static final int MAX_BYTES = 1 << 26;

    private final InputStream input;
    private final byte[] chunk = new byte[1 << 16];
    private int at;
    private int end;
    private byte[] line = new byte[1 << 12];
    private int length;
    private boolean tooLong;

    LineReader(InputStream input) {
        this.input = input;
    }

    /** Goes to the next line; false at the end. */
    boolean next() throws IOException {
        length = 0;
        tooLong = false;
        boolean any = false;
        while (at < end || fill()) {
            any = true;
            int lineFeed = at;
            while (lineFeed < end && chunk[lineFeed] != '\n') {
                lineFeed++;
            }
            keep(lineFeed - at);
            at = lineFeed + 1;
            if (lineFeed < end) {
                return true;
            }
        }
        return any;
    }

    /** Whether the line has more than {@link #MAX_BYTES}; its text is then cut. */
    boolean isTooLong() {
        return tooLong;
    }

    String text() {
        return new String(line, 0, length, StandardCharsets.UTF_8);
    }

    private void keep(int count) {
        int kept = Math.min(count, MAX_BYTES - length);
        tooLong |= kept < count;
        if (length + kept > line.length) {
            line = Arrays.copyOf(line, Math.min(MAX_BYTES, Math.max(length + kept, 2 * line.length)));
        }
        System.arraycopy(chunk, at, line, length, kept);
        length += kept;
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, input.read(chunk));
        return end > 0;
    }
}
