package dev.calandra.trainer.bench;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.checkpoints.RetentionRule;
import dev.calandra.checkpoints.RunClaim;
import dev.calandra.checkpoints.ShardReport;
import dev.calandra.checkpoints.StagedCheckpoint;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.checkpoints.Verification;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.trainer.Learner;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.run.TensorInventory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Saves a config's model with its optimizer, and loads it again, in turn with plain writes and reads of the same bytes in the same folder.
 * Weights and moments are drawn at random, so that no file system can make them smaller. What is read has been written just before: it comes
 * out of the page cache where memory suffices.
 */
public final class CheckpointBenchmark {
    private static final int BUFFER_BYTES = 4 << 20;

    private final PretrainConfig config;
    private final Consumer<String> progress;

    /** @param progress takes a line after each round, for a person who waits */
    public CheckpointBenchmark(PretrainConfig config, Consumer<String> progress) {
        this.config = config;
        this.progress = progress;
    }

    /** Seconds of one round. */
    private record Round(
            double plainWrite, double write, double save, double plainRead, double load, double loadUnverified) {}

    /**
     * Measures in a folder of its own below a location, and removes it.
     *
     * @param rounds after one to warm up, at least 1
     * @throws IOException when the storage refuses
     */
    public CheckpointRates run(StorageLocation place, int rounds) throws IOException {
        Storage storage = place.storage();
        storage.createFolders(place.location());
        String folder = storage.child(place.location(), new FileName("bench-" + UUID.randomUUID()));
        storage.createFolders(folder);
        try (Machine machine = Machine.of(config.run());
                Learner learner = new Learner(config, machine);
                RunClaim claim = RunClaim.take(storage, folder, RunClaim.Rival.RESPECT)) {
            learner.optimizer().moments().forEach(moments -> {
                moments.first().copyFrom(moments.parameter().value());
                moments.second().copyFrom(moments.parameter().value());
            });
            CheckpointStore store = new CheckpointStore(storage, folder, claim, RetentionRule.last(2));
            TensorInventory tensors = new TensorInventory(learner.model(), learner.optimizer());
            List<Round> measured = new ArrayList<>();
            for (int i = 0; i <= rounds; i++) {
                Round round = round(storage, folder, store, tensors, i);
                progress.accept("round %d: save %.2f s, load %.2f s".formatted(i, round.save, round.load));
                if (i > 0) {
                    measured.add(round);
                }
            }
            return rates(tensors, measured);
        } finally {
            storage.delete(folder);
        }
    }

    private static Round round(Storage storage, String folder, CheckpointStore store, TensorInventory tensors, int step)
            throws IOException {
        String plain = storage.child(folder, new FileName("plain"));
        List<TensorSource> sources = tensors.sources();
        long start = System.nanoTime();
        try (OutputFile file = storage.createFile(plain)) {
            for (TensorSource source : sources) {
                source.content().writeTo(file);
            }
            file.sync();
        }
        double plainWrite = seconds(start);
        start = System.nanoTime();
        double write;
        try (StagedCheckpoint staged = store.stage(step, 1)) {
            ShardReport report = staged.writeShard(0, sources);
            write = seconds(start);
            staged.commit(List.of(report), Map.of());
        }
        double save = seconds(start);
        start = System.nanoTime();
        readWhole(storage, plain);
        double plainRead = seconds(start);
        storage.delete(plain);
        return new Round(
                plainWrite,
                write,
                save,
                plainRead,
                load(storage, store, tensors, step, Verification.CHECKSUMS),
                load(storage, store, tensors, step, Verification.HEADERS));
    }

    private static void readWhole(Storage storage, String location) throws IOException {
        try (InputFile file = storage.openFile(location)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, file.length()));
            for (long at = 0; at < file.length(); at += buffer.limit()) {
                file.readFully(at, buffer.clear().limit((int) Math.min(buffer.capacity(), file.length() - at)));
            }
        }
    }

    private static double load(
            Storage storage, CheckpointStore store, TensorInventory tensors, int step, Verification verification) {
        String folder;
        try (Checkpoint found = store.open(step)) {
            folder = found.location();
        }
        long start = System.nanoTime();
        try (Checkpoint checkpoint = Checkpoint.open(storage, folder, verification)) {
            tensors.restore(checkpoint);
        }
        return seconds(start);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }

    private static CheckpointRates rates(TensorInventory tensors, List<Round> rounds) {
        long bytes = tensors.sources().stream()
                .mapToLong(source -> source.shape().stream().reduce(1L, Math::multiplyExact)
                        * source.dtype().bytes())
                .sum();
        return new CheckpointRates(
                bytes,
                rate(bytes, rounds.stream().mapToDouble(Round::plainWrite).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::save).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::write).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::plainRead).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::load).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::loadUnverified).toArray()));
    }

    private static double rate(long bytes, double[] seconds) {
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        return bytes / sorted[sorted.length / 2] * 1e-9;
    }
}
