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
            double copy,
            double plainWrite,
            double write,
            double save,
            double plainRead,
            double verify,
            double load,
            double loadUnverified) {}

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

    /** Seconds of a save, and of that until its shard was written. */
    private record Save(double whole, double write) {}

    /** A disk may favour what is written first, so plain write and save take turns in going first. */
    private static Round round(Storage storage, String folder, CheckpointStore store, TensorInventory tensors, int step)
            throws IOException {
        String plain = storage.child(folder, new FileName("plain"));
        String second = storage.child(folder, new FileName("copy"));
        double plainWrite;
        Save save;
        if (step % 2 == 0) {
            save = save(store, tensors, step);
            plainWrite = timed(() -> writePlain(storage, plain, tensors.sources()));
        } else {
            plainWrite = timed(() -> writePlain(storage, plain, tensors.sources()));
            save = save(store, tensors, step);
        }
        double plainRead = timed(() -> eachChunk(storage, plain, chunk -> {}));
        double copy = timed(() -> copy(storage, plain, second));
        storage.delete(plain);
        storage.delete(second);
        return new Round(
                copy,
                plainWrite,
                save.write,
                save.whole,
                plainRead,
                timed(() -> store.open(step).close()),
                load(storage, store, tensors, step, Verification.CHECKSUMS),
                load(storage, store, tensors, step, Verification.HEADERS));
    }

    private static Save save(CheckpointStore store, TensorInventory tensors, int step) {
        long start = System.nanoTime();
        try (StagedCheckpoint staged = store.stage(step, 1)) {
            ShardReport report = staged.writeShard(0, tensors.sources());
            double write = seconds(start);
            staged.commit(List.of(report), Map.of());
            return new Save(seconds(start), write);
        }
    }

    private static void writePlain(Storage storage, String location, List<TensorSource> sources) throws IOException {
        try (OutputFile file = storage.createFile(location)) {
            for (TensorSource source : sources) {
                source.content().writeTo(file);
            }
            file.sync();
        }
    }

    private static void copy(Storage storage, String from, String to) throws IOException {
        try (OutputFile target = storage.createFile(to)) {
            eachChunk(storage, from, target::write);
            target.sync();
        }
    }

    @FunctionalInterface
    private interface Chunk {
        void accept(ByteBuffer bytes) throws IOException;
    }

    private static void eachChunk(Storage storage, String location, Chunk each) throws IOException {
        try (InputFile file = storage.openFile(location)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(BUFFER_BYTES, file.length()));
            for (long at = 0; at < file.length(); at += buffer.limit()) {
                file.readFully(at, buffer.clear().limit((int) Math.min(buffer.capacity(), file.length() - at)));
                each.accept(buffer.flip());
            }
        }
    }

    private static double load(
            Storage storage, CheckpointStore store, TensorInventory tensors, int step, Verification verification)
            throws IOException {
        String folder;
        try (Checkpoint found = store.open(step)) {
            folder = found.location();
        }
        return timed(() -> {
            try (Checkpoint checkpoint = Checkpoint.open(storage, folder, verification)) {
                tensors.restore(checkpoint);
            }
        });
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private static double timed(Work work) throws IOException {
        long start = System.nanoTime();
        work.run();
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
                rate(bytes, rounds.stream().mapToDouble(Round::copy).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::plainWrite).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::save).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::write).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::plainRead).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::verify).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::load).toArray()),
                rate(bytes, rounds.stream().mapToDouble(Round::loadUnverified).toArray()));
    }

    private static double rate(long bytes, double[] seconds) {
        double[] sorted = seconds.clone();
        Arrays.sort(sorted);
        return bytes / sorted[sorted.length / 2] * 1e-9;
    }
}
