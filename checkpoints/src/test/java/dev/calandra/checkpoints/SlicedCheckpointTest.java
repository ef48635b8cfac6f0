package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that several ranks wrote: a reader sees the logical tensors, however they were cut. */
class SlicedCheckpointTest {
    private static final Storage DISK = new LocalStorage();
    private static final List<Long> SHAPE = List.of(4L, 6L, 5L);

    @TempDir
    Path run;

    /** The I32 tensor whose elements count up, cut along one dimension into the given number of parts. */
    private static List<TensorSource> parts(int dimension, int count) {
        List<TensorSource> parts = new ArrayList<>();
        long extent = SHAPE.get(dimension);
        for (int p = 0; p < count; p++) {
            List<Long> offset = new ArrayList<>(List.of(0L, 0L, 0L));
            List<Long> shape = new ArrayList<>(SHAPE);
            offset.set(dimension, extent * p / count);
            shape.set(dimension, extent * (p + 1) / count - extent * p / count);
            parts.add(new TensorSource("t", DType.I32, shape, SHAPE, offset, TensorContent.of(box(offset, shape))));
        }
        return parts;
    }

    private static ByteBuffer box(List<Long> offset, List<Long> shape) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * (int) (shape.get(0) * shape.get(1) * shape.get(2)))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (long i = offset.get(0); i < offset.get(0) + shape.get(0); i++) {
            for (long j = offset.get(1); j < offset.get(1) + shape.get(1); j++) {
                for (long k = offset.get(2); k < offset.get(2) + shape.get(2); k++) {
                    bytes.putInt((int) ((i * 6 + j) * 5 + k));
                }
            }
        }
        return bytes.flip();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void theLogicalTensorIsTheSameHoweverItWasCut(int dimension) {
        CheckpointStore store = Samples.store(DISK, run.toString(), 2);
        for (int world = 1; world <= 4; world++) {
            List<TensorSource> parts = parts(dimension, world);
            try (StagedCheckpoint staged = store.stage(world, world)) {
                List<ShardReport> reports = IntStream.range(0, world)
                        .parallel()
                        .mapToObj(rank -> staged.writeShard(rank, List.of(parts.get(rank))))
                        .toList();
                staged.commit(reports, Map.of());
            }
            try (Checkpoint checkpoint = store.open(world)) {
                assertThat(checkpoint.tensors()).containsExactly(new TensorInfo("t", DType.I32, SHAPE));
                assertThat(checkpoint.readInts("t"))
                        .containsExactly(IntStream.range(0, 120).toArray());
                assertWindows(checkpoint);
            }
        }
    }

    private static void assertWindows(Checkpoint checkpoint) {
        byte[] all = checkpoint.read("t").array();
        for (int start = 0; start < all.length; start += 7) {
            for (int length : new int[] {0, 1, 4, 41, all.length - start}) {
                if (start + length <= all.length) {
                    ByteBuffer window = ByteBuffer.allocate(length + 2);
                    checkpoint.read("t", start, window.position(1).limit(1 + length));
                    assertThat(window.slice(1, length)).isEqualTo(ByteBuffer.wrap(all, start, length));
                    assertThat(window.hasRemaining()).isFalse();
                }
            }
        }
        assertThatThrownBy(() -> checkpoint.read("t", 1, ByteBuffer.allocate(all.length)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyRankMustReport() {
        CheckpointStore store = Samples.store(DISK, run.toString(), 2);
        try (StagedCheckpoint staged = store.stage(1, 3)) {
            List<ShardReport> reports = List.of(
                    staged.writeShard(0, List.of(parts(0, 3).get(0))),
                    staged.writeShard(2, List.of(parts(0, 3).get(2))));
            assertThatThrownBy(() -> staged.commit(reports, Map.of()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("none from ranks [1]");
        }
        assertThat(run.toFile().list()).containsExactly("epochs");
    }

    @Test
    void partsThatDoNotTileAreRefused() {
        CheckpointStore store = Samples.store(DISK, run.toString(), 2);
        try (StagedCheckpoint staged = store.stage(1, 2)) {
            TensorSource first = parts(0, 2).getFirst();
            List<ShardReport> twice =
                    List.of(staged.writeShard(0, List.of(first)), staged.writeShard(1, List.of(first)));
            assertThatThrownBy(() -> staged.commit(twice, Map.of())).hasMessageContaining("overlap");
        }
        try (StagedCheckpoint staged = store.stage(1, 2)) {
            List<ShardReport> half =
                    List.of(staged.writeShard(0, List.of(parts(0, 2).getFirst())), staged.writeShard(1, List.of()));
            assertThatThrownBy(() -> staged.commit(half, Map.of())).hasMessageContaining("hold 60 of its 120 elements");
        }
        try (StagedCheckpoint staged = store.stage(1, 2)) {
            TensorSource other = TensorSource.ofFloats("t", List.of(1L), 1);
            List<ShardReport> mixed = List.of(
                    staged.writeShard(0, List.of(parts(0, 2).getFirst())), staged.writeShard(1, List.of(other)));
            assertThatThrownBy(() -> staged.commit(mixed, Map.of())).hasMessageContaining("ranks disagree");
        }
        assertThat(store.steps()).isEmpty();
    }

    @Test
    void aFileThatNobodyReportedStopsTheCommit() throws Exception {
        CheckpointStore store = Samples.store(DISK, run.toString(), 2);
        try (StagedCheckpoint staged = store.stage(1, 1)) {
            ShardReport report = staged.writeShard(0, parts(0, 1));
            try (var folders = Files.newDirectoryStream(run, ".tmp-*")) {
                Files.createFile(folders.iterator().next().resolve("stray"));
            }
            assertThatThrownBy(() -> staged.commit(List.of(report), Map.of()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("stray");
        }
    }

    @Test
    void aPartOutsideTheWholeIsRefused() {
        assertThatThrownBy(() -> new TensorSource("t", DType.U8, List.of(2L), List.of(3L), List.of(2L), channel -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not lie within");
    }
}
