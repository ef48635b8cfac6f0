package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
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

    List<TensorSource> sources() {
        List<TensorSource> sources = new ArrayList<>();
        tensors.forEach((info, bytes) -> sources.add(
                new TensorSource(info.name(), info.dtype(), info.shape(), TensorContent.of(ByteBuffer.wrap(bytes)))));
        return sources;
    }

    void assertHeldBy(Checkpoint checkpoint) {
        assertThat(checkpoint.tensors()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
        tensors.forEach((info, bytes) ->
                assertThat(checkpoint.read(info.name()).array()).as(info.name()).isEqualTo(bytes));
        assertThat(checkpoint.state()).isEqualTo(state);
    }
}
