package dev.calandra.benchmarks;

import dev.calandra.configs.CacheConfig;
import dev.calandra.configs.DataConfig;
import dev.calandra.configs.MixtureInterpolation;
import dev.calandra.configs.MixturePoint;
import dev.calandra.configs.MixturePositions;
import dev.calandra.configs.Packing;
import dev.calandra.configs.SourceConfig;
import dev.calandra.configs.SourceConfig.Kind;
import dev.calandra.data.MixtureStream;
import dev.calandra.data.PackedSequence;
import dev.calandra.data.Tokenizer;
import dev.calandra.data.shards.InputKey;
import dev.calandra.data.shards.ShardIdentity;
import dev.calandra.data.shards.ShardLimits;
import dev.calandra.data.shards.ShardWriter;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reading samples of 4,096 tokens from shards in the page cache: two sources of 2^25 tokens in documents of 700 tokens on the mean, mixed by a
 * ramp. Run with {@code -prof gc} to see what a sample allocates.
 */
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SampleBenchmark {
    private static final int SEQUENCE = 4096;
    private static final int LOOKAHEAD = 2;
    private static final long SOURCE_TOKENS = 1L << 25;
    private static final long TOTAL_SAMPLES = 1L << 15;
    private static final int IN_A_ROW = 1024;

    /** How documents become sequences. */
    @Param({"CONCAT", "BEST_FIT"})
    public Packing packing;

    private Path folder;
    private MixtureStream stream;
    private SplittableRandom random;
    private long next;

    /** Writes the shards and reads every sample once, so that all record batches are verified and in the page cache. */
    @Setup(Level.Trial)
    public void write() throws IOException {
        folder = Files.createTempDirectory("calandra-samples");
        random = new SplittableRandom(1);
        Path tokenizerFile = Path.of("examples", "tokenizer", "calandra-4k.json");
        try (Tokenizer tokenizer = Tokenizer.open(tokenizerFile)) {
            write("general", tokenizer);
            write("reasoning", tokenizer);
            DataConfig config = new DataConfig(
                    tokenizerFile,
                    SEQUENCE,
                    List.of(source("general", Kind.GENERAL), source("reasoning", Kind.REASONING)),
                    List.of(new MixturePoint(0, 0.32), new MixturePoint(1, 0.46)),
                    MixturePositions.PROGRESS,
                    MixtureInterpolation.LINEAR,
                    packing,
                    new CacheConfig("cache", 1));
            stream = MixtureStream.open(config, tokenizer, TOTAL_SAMPLES, LOOKAHEAD, 1);
        }
        for (long sample = 0; sample < TOTAL_SAMPLES; sample++) {
            stream.sample(sample);
        }
    }

    private void write(String name, Tokenizer tokenizer) throws IOException {
        ShardIdentity identity =
                new ShardIdentity(name, "train", tokenizer.sha256(), tokenizer.vocabSize(), tokenizer.endOfText());
        try (StorageLocation location =
                        Storages.open(folder.resolve(name).resolve("train").toString());
                ShardWriter writer =
                        new ShardWriter(location.storage(), location.location(), identity, ShardLimits.DEFAULT, "")) {
            long left = SOURCE_TOKENS;
            for (long id = 0; left > 0; id++) {
                int length = (int) Math.max(1, -700 * Math.log(1 - random.nextDouble()));
                int[] document = random.ints(length, 0, tokenizer.vocabSize()).toArray();
                writer.add(document, 0, id, length, new InputKey(id, id));
                left -= length;
            }
            writer.finish();
        }
    }

    private SourceConfig source(String name, Kind kind) {
        return new SourceConfig(name, kind, folder.resolve(name).toString(), 1);
    }

    /** Any sample of the run. */
    @Benchmark
    @BenchmarkMode(Mode.SampleTime)
    public PackedSequence random() {
        return stream.sample(random.nextLong(TOTAL_SAMPLES));
    }

    /** The samples of a run one after another; an operation is one token. */
    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OperationsPerInvocation(IN_A_ROW * SEQUENCE)
    public long sequential() {
        long tokens = 0;
        for (int i = 0; i < IN_A_ROW; i++) {
            tokens += stream.sample(next % TOTAL_SAMPLES).tokens().length;
            next++;
        }
        return tokens;
    }

    /** Unmaps and deletes the shards. */
    @TearDown(Level.Trial)
    public void delete() throws IOException {
        stream.close();
        try (StorageLocation location = Storages.open(folder.toString())) {
            location.storage().delete(location.location());
        }
    }
}
