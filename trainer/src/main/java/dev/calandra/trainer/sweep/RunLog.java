package dev.calandra.trainer.sweep;

import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.DataException;
import dev.calandra.laws.records.RunRecord;
import dev.calandra.laws.records.RunStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code runs.jsonl}, locked for this process: one line for each run that has ended. A line is on the disk before the run counts as recorded. A line that a crash has torn is cut off when the log is opened; its run is trained again
 * from its last checkpoint.
 */
public final class RunLog implements AutoCloseable {
    private static final byte LINE_END = '\n';

    private final Path file;
    private final FileChannel channel;
    private final Map<String, RunRecord> records = new LinkedHashMap<>();

    private RunLog(Path file, FileChannel channel, List<RunRecord> records) {
        this.file = file;
        this.channel = channel;
        records.forEach(record -> this.records.put(record.name(), record));
    }

    /**
     * Opens a log, or begins one.
     *
     * @throws CheckpointException if another sweep has it open
     * @throws DataException if a line other than a torn last one is no record
     */
    public static RunLog open(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            requireAlone(channel, file);
            byte[] bytes = Files.readAllBytes(file);
            int whole = bytes.length;
            while (whole > 0 && bytes[whole - 1] != LINE_END) {
                whole--;
            }
            channel.truncate(whole);
            channel.position(whole);
            List<RunRecord> records = new ArrayList<>();
            int number = 0;
            for (String line :
                    new String(bytes, 0, whole, StandardCharsets.UTF_8).lines().toList()) {
                number++;
                records.add(RunRecord.parse(line, file + ":" + number));
            }
            return new RunLog(file, channel, records);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The operating system's lock, which goes with its process. */
    private static void requireAlone(FileChannel channel, Path file) throws IOException {
        try {
            if (channel.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw inUse(file, e);
        }
        throw inUse(file, null);
    }

    private static CheckpointException inUse(Path file, Exception cause) {
        return new CheckpointException(
                file + ": in use by another sweep; wait for it or stop it, or choose another directory", cause);
    }

    /** What has been recorded, in the order of the file. */
    public synchronized List<RunRecord> records() {
        return List.copyOf(records.values());
    }

    /** Whether a run of this name has ended. One that has failed has not: it is tried again. */
    public synchronized boolean contains(String name) {
        RunRecord record = records.get(name);
        return record != null && record.status() != RunStatus.FAILED;
    }

    /**
     * The record of a run that has ended.
     *
     * @throws IllegalArgumentException if it has not
     */
    public synchronized RunRecord record(String name) {
        RunRecord record = records.get(name);
        if (record == null) {
            throw new IllegalArgumentException(file + " has no record of " + name);
        }
        return record;
    }

    /**
     * Appends a record. It takes the place of one of the same name that says that the run has failed; both lines stay in the file.
     *
     * @throws IllegalArgumentException if there is another of the same name
     */
    public synchronized void append(RunRecord record) throws IOException {
        if (contains(record.name())) {
            throw new IllegalArgumentException(file + " has a record of " + record.name() + " already");
        }
        long end = channel.position();
        ByteBuffer line = ByteBuffer.wrap((record.toJson() + "\n").getBytes(StandardCharsets.UTF_8));
        try {
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
        } catch (IOException e) {
            channel.truncate(end);
            throw e;
        }
        records.put(record.name(), record);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
