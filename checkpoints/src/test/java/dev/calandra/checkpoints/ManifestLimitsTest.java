package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestLimitsTest {
    private static final Storage DISK = new LocalStorage();
    private static final int ROWS = 64;

    @TempDir
    Path run;

    private static SaveGroup of(int ranks) {
        return new SaveGroup() {
            @Override
            public int rank() {
                return 0;
            }

            @Override
            public int size() {
                return ranks;
            }

            @Override
            public byte[] broadcast(byte[] message) {
                return message;
            }

            @Override
            public List<byte[]> gather(byte[] message) {
                throw new AssertionError("shards were written");
            }
        };
    }

    /** Rank 0's share of so many tensors. */
    private static List<TensorSource> tensors(int count, int ranks) {
        return IntStream.range(0, count)
                .mapToObj(i -> TensorSource.ofRows(
                        new TensorInfo("model.layers." + i + ".weight", DType.U8, List.of((long) ROWS, 4L)),
                        new RowRange(0, ROWS / ranks),
                        channel -> {
                            throw new AssertionError("shards were written");
                        }))
                .toList();
    }

    @Test
    void whatCannotHaveAManifestIsRefusedBeforeAShardIsWritten() throws IOException {
        CheckpointStore store = Samples.store(DISK, run.toString(), 2);
        int ranks = 64;
        List<TensorSource> many = tensors(16_000, ranks);
        assertThatThrownBy(() -> store.save(1, many, Map.of(), of(ranks)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("by 64 ranks needs a manifest of at least")
                .hasMessageContaining("67108864 are possible");
        assertThatThrownBy(() -> store.save(1, tensors(1, 1), Map.of(), of(5000)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("5000 ranks cannot save together: a tensor has at most 4096 pieces");
        assertThatCode(() -> CheckpointStore.requireManifest(tensors(16_000, 1), Map.of(), of(1)))
                .doesNotThrowAnyException();
        try (var entries = Files.list(run)) {
            assertThat(entries.map(entry -> entry.getFileName().toString())).containsExactly("epochs");
        }
    }

    /** The reckoning leaves out what surrounds tensors and state, a few hundred bytes, and never says too much. */
    @Test
    void reckonsWhatTheManifestOfOneRankHas() throws IOException {
        Samples samples = Samples.of(3);
        Samples.store(DISK, run.toString(), 2).save(3, samples.sources(), samples.state());
        int written = (int) Files.size(run.resolve("step-000000003/manifest.json"));
        assertThatCode(() -> ManifestLimits.require(samples.sources(), samples.state(), 1, written))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> ManifestLimits.require(samples.sources(), samples.state(), 1, written - 400))
                .isInstanceOf(CheckpointException.class);
    }
}
