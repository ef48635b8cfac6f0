package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.storage.Storage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small set of tensors and a state that depend on a seed, and the check that a checkpoint holds exactly them. */
record Samples(Map<TensorInfo, byte[]> tensors, Map<String, Object> state) {

    static Samples of(long seed) {
        Random random = new Random(seed);
        Map<TensorInfo, byte[]> tensors = new LinkedHashMap<>();
        for (TensorInfo info : List.of(
                new TensorInfo("model.embed", DType.F32, List.of(7L, 3L)),
                new TensorInfo("model.norm", DType.BF16, List.of(5L)),
                new TensorInfo("adam.m", DType.F8_E4M3, List.of(13L)),
                new TensorInfo("router.bias", DType.F64, List.of(2L)),
                new TensorInfo("expert.unused", DType.F32, List.of(0L, 4L)),
                new TensorInfo("scalar", DType.I64, List.of()))) {
            byte[] bytes = new byte[(int) info.bytes()];
            random.nextBytes(bytes);
            tensors.put(info, bytes);
        }
        return new Samples(
                tensors,
                Map.of(
                        "optimizer_step",
                        seed,
                        "data",
                        Map.of("cursor", 1L << 40, "fingerprint", "crc:" + seed),
                        "loss",
                        1.0 / 3 + seed,
                        "segments",
                        List.of(1L, 2.5, "x", true)));
    }

    /** The store of a process that has just started and fenced whoever was here before. */
    static CheckpointStore store(Storage storage, String runDirectory, int keepLast) {
        RunClaim claim = claim(storage, runDirectory);
        return new CheckpointStore(storage, runDirectory, claim, RetentionRule.last(keepLast));
    }

    /** The claim of a process that has just started and fenced whoever was here before; it does not wait for torn claims. */
    static RunClaim claim(Storage storage, String runDirectory) {
        return RunClaim.take(
                storage,
                runDirectory,
                RunClaim.Rival.FENCE,
                new RunClaim.Watch(InstantSource.system(), Duration.ZERO, ""));
    }

    List<TensorSource> sources() {
        List<TensorSource> sources = new ArrayList<>();
        tensors.forEach((info, bytes) -> sources.add(
                new TensorSource(info.name(), info.dtype(), info.shape(), TensorContent.of(ByteBuffer.wrap(bytes)))));
        return sources;
    }

    /** The same bytes in memory of their own. */
    Samples copy() {
        Map<TensorInfo, byte[]> copies = new LinkedHashMap<>();
        tensors.forEach((info, bytes) -> copies.put(info, bytes.clone()));
        return new Samples(copies, state);
    }

    /** The same tensors cut along their first axis for so many ranks; scalars are rank 0's. */
    List<List<TensorSource>> parts(int ranks) {
        List<List<TensorSource>> parts = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            List<TensorSource> part = new ArrayList<>();
            for (Map.Entry<TensorInfo, byte[]> tensor : tensors.entrySet()) {
                List<Long> whole = tensor.getKey().shape();
                if (!whole.isEmpty() || rank == 0) {
                    part.add(part(tensor.getKey(), tensor.getValue(), rank, ranks));
                }
            }
            parts.add(part);
        }
        return parts;
    }

    private static TensorSource part(TensorInfo info, byte[] bytes, int rank, int ranks) {
        if (info.shape().isEmpty()) {
            return new TensorSource(info.name(), info.dtype(), info.shape(), TensorContent.of(ByteBuffer.wrap(bytes)));
        }
        long rows = info.shape().getFirst();
        long first = rows * rank / ranks;
        long end = rows * (rank + 1) / ranks;
        int rowBytes = rows == 0 ? 0 : (int) (bytes.length / rows);
        List<Long> shape = new ArrayList<>(info.shape());
        shape.set(0, end - first);
        List<Long> offset = new ArrayList<>(Collections.nCopies(shape.size(), 0L));
        offset.set(0, first);
        ByteBuffer content = ByteBuffer.wrap(bytes, (int) first * rowBytes, (int) (end - first) * rowBytes);
        return new TensorSource(info.name(), info.dtype(), shape, info.shape(), offset, TensorContent.of(content));
    }

    void assertHeldBy(Checkpoint checkpoint) {
        assertThat(checkpoint.tensors()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
        tensors.forEach((info, bytes) ->
                assertThat(checkpoint.read(info.name()).array()).as(info.name()).isEqualTo(bytes));
        assertThat(checkpoint.state()).isEqualTo(state);
    }
}
