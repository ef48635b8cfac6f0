package dev.calandra.trainer.run;

import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.trainer.metrics.MetricsJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/**
 * The front of a {@code metrics.jsonl} that a resumed run keeps. It is found, and copied, in pieces of {@link #CHUNK_BYTES}: a run of
 * millions of steps has more lines than a heap should hold.
 *
 * @param bytes of whole lines, from the start of the file
 * @param lastStep of the last of these lines; 0 when there is none
 */
record KeptLines(long bytes, long lastStep) {

    /** Nothing is kept. */
    static final KeptLines NONE = new KeptLines(0, 0);

    static final int CHUNK_BYTES = 1 << 20;

    /** Longer than any line of a run; what is longer was not written by one. */
    static final int LONGEST_LINE = 1 << 26;

    /** The lines before the first that is of a later step, or is none of ours. Only what ends with a newline is a line. */
    static KeptLines upTo(InputFile file, long step) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        KeptLines kept = NONE;
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        for (long at = 0; at < file.length(); at += chunk.limit()) {
            read(file, at, chunk);
            int from = 0;
            for (int i = 0; i < chunk.limit(); i++) {
                if (chunk.get(i) == '\n') {
                    line.write(chunk.array(), from, i - from);
                    from = i + 1;
                    OptionalLong found = MetricsJson.stepOf(line.toString(StandardCharsets.UTF_8));
                    if (found.isEmpty() || found.getAsLong() > step) {
                        return kept;
                    }
                    kept = new KeptLines(at + from, found.getAsLong());
                    line.reset();
                }
            }
            line.write(chunk.array(), from, chunk.limit() - from);
            if (line.size() > LONGEST_LINE) {
                return kept;
            }
        }
        return kept;
    }

    /** Copies the first bytes of a file. */
    static void copy(InputFile from, long bytes, OutputFile to) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        for (long at = 0; at < bytes; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(CHUNK_BYTES, bytes - at));
            from.readFully(at, chunk);
            to.write(chunk.flip());
        }
    }

    private static void read(InputFile file, long at, ByteBuffer chunk) throws IOException {
        chunk.clear().limit((int) Math.min(CHUNK_BYTES, file.length() - at));
        file.readFully(at, chunk);
        chunk.flip();
    }
}
