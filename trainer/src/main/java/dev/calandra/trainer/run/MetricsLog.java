package dev.calandra.trainer.run;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.trainer.metrics.MetricsJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * {@code metrics.jsonl} of a run: one line per step and evaluation, only ever appended to.
 *
 * <p>A process that resumes from step s first drops the lines after s, and a line torn by a crash, so that the file reads
 * as one uninterrupted run. It writes the surviving lines to a new file, renames that over the old one (atomically) and
 * goes on writing where it stands: no backend needs to append to a finished file.
 */
public final class MetricsLog implements AutoCloseable {

    /** The file in a run folder. */
    public static final FileName NAME = new FileName("metrics.jsonl");

    private static final FileName NEXT = new FileName("metrics.jsonl.next");

    private final String location;
    private final OutputFile file;

    private MetricsLog(String location, OutputFile file) {
        this.location = location;
        this.file = file;
    }

    /**
     * @param folder of the run
     * @param restoredStep steps done in the checkpoint the run resumes from; 0 for a new run
     */
    public static MetricsLog open(Storage storage, String folder, long restoredStep) throws IOException {
        String location = storage.child(folder, NAME);
        String next = storage.child(folder, NEXT);
        storage.delete(next);
        OutputFile file = storage.createFile(next);
        try {
            for (String line : survivingLines(storage, location, restoredStep)) {
                write(file, line);
            }
            file.sync();
            storage.replaceFile(next, location);
            storage.syncFolder(folder);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return new MetricsLog(location, file);
    }

    /** Appends a line; it is on its way to the disk, not yet safe there. */
    public void append(String line) {
        try {
            write(file, line);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Makes all lines so far durable; called before a checkpoint that stands for them is committed. */
    public void sync() {
        try {
            file.sync();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void close() throws IOException {
        file.sync();
        file.close();
    }

    private CheckpointException failed(IOException cause) {
        return new CheckpointException(
                location + ": cannot be written (" + cause.getMessage()
                        + "); make room or mend the disk, then resume: the newest checkpoint is intact",
                cause);
    }

    private static List<String> survivingLines(Storage storage, String location, long restoredStep) throws IOException {
        if (restoredStep == 0 || !storage.exists(location)) {
            return List.of();
        }
        try (InputFile input = storage.openFile(location)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(input.length()));
            input.readFully(0, bytes);
            // Lines up to a checkpoint were durable before it: what a crash has torn belongs to a later step.
            return new String(bytes.array(), StandardCharsets.UTF_8)
                    .lines()
                    .takeWhile(line -> MetricsJson.stepOf(line).orElse(Long.MAX_VALUE) <= restoredStep)
                    .toList();
        }
    }

    private static void write(OutputFile file, String line) throws IOException {
        file.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }
}
