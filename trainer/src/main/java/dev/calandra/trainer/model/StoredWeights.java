package dev.calandra.trainer.model;

import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.CheckpointException;
import java.util.List;
import java.util.Optional;

/**
 * Weights as they lie in a checkpoint or a released model: F32, BF16 and F16 exactly; FP8 codes times the scales of their 128×128 blocks
 * ({@code <name>_scale_inv}), as DeepSeek-V3 and Ling 2.0 release them.
 */
public final class StoredWeights implements WeightReader {

    /** What a tensor of scales is named after its codes. */
    public static final String SCALE_SUFFIX = "_scale_inv";

    /** Rows and columns that share a scale. */
    public static final int BLOCK = 128;

    private final TensorReader source;
    private Scales scales = new Scales("", 0, new float[0]);

    /** The scales of one tensor, as many to a row of blocks; the last one used is kept. */
    private record Scales(String tensor, int blockColumns, float[] values) {}

    /** @param source stays the caller's to close */
    public StoredWeights(TensorReader source) {
        this.source = source;
    }

    @Override
    public String location() {
        return source.location();
    }

    /** Blocks that so many rows or columns need. */
    public static long blocks(long extent) {
        return Math.ceilDiv(extent, BLOCK);
    }

    @Override
    public synchronized void read(String name, long first, float[] target, int count) {
        TensorInfo tensor = source.tensor(name);
        source.readFloats(name, first, target, count);
        if (isFp8(tensor)) {
            scale(tensor, first, target, count);
        }
    }

    private void scale(TensorInfo tensor, long first, float[] target, int count) {
        if (!scales.tensor.equals(tensor.name())) {
            scales = scales(tensor);
        }
        long columns = tensor.shape().get(1);
        for (int i = 0; i < count; i++) {
            long row = (first + i) / columns;
            long column = (first + i) % columns;
            target[i] *= scales.values[(int) (row / BLOCK * scales.blockColumns + column / BLOCK)];
        }
    }

    /** What a tensor of FP8 codes lacks to be decoded; empty for one that lacks nothing, and for other types. */
    public static Optional<String> missingScales(TensorReader source, TensorInfo tensor) {
        if (!isFp8(tensor)) {
            return Optional.empty();
        }
        String name = tensor.name() + SCALE_SUFFIX;
        List<Long> expected = shapeOfScales(tensor);
        Optional<TensorInfo> found = source.find(name);
        if (tensor.shape().size() == 2
                && found.isPresent()
                && found.get().shape().equals(expected)) {
            return Optional.empty();
        }
        return Optional.of("%s is %s%s and needs scales for blocks of %d by %d: %s of shape %s is %s"
                .formatted(
                        tensor.name(),
                        tensor.dtype(),
                        tensor.shape(),
                        BLOCK,
                        BLOCK,
                        name,
                        expected,
                        found.map(other -> "of shape " + other.shape()).orElse("missing")));
    }

    private static boolean isFp8(TensorInfo tensor) {
        return tensor.dtype() == DType.F8_E4M3 || tensor.dtype() == DType.F8_E5M2;
    }

    private static List<Long> shapeOfScales(TensorInfo tensor) {
        return tensor.shape().stream().map(StoredWeights::blocks).toList();
    }

    private Scales scales(TensorInfo tensor) {
        missingScales(source, tensor).ifPresent(problem -> {
            throw new CheckpointException(source.location() + ": " + problem);
        });
        return new Scales(
                tensor.name(),
                Math.toIntExact(shapeOfScales(tensor).get(1)),
                source.readFloats(tensor.name() + SCALE_SUFFIX));
    }
}
