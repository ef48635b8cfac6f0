package dev.calandra.trainer.exchange;

import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.trainer.model.StoredWeights;

/**
 * What can be said of a floating-point tensor in a few numbers; FP8 codes count with their scales. Read in strips.
 *
 * @param norm Euclidean norm of the finite elements, added up in double
 * @param notFinite number of elements that are infinite or not a number
 */
public record TensorFigures(double norm, long notFinite) {

    private static final int STRIP_ELEMENTS = 1 << 20;

    /** Whether a type is of floating-point numbers. */
    public static boolean apply(DType type) {
        return switch (type) {
            case F64, F32, BF16, F16, F8_E4M3, F8_E5M2 -> true;
            case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> false;
        };
    }

    /** Reads a tensor of such a type. */
    public static TensorFigures of(TensorReader tensors, TensorInfo tensor) {
        StoredWeights weights = new StoredWeights(tensors);
        float[] values = new float[(int) Math.min(STRIP_ELEMENTS, tensor.elements())];
        double squares = 0;
        long notFinite = 0;
        for (long first = 0; first < tensor.elements(); first += STRIP_ELEMENTS) {
            int count = (int) Math.min(STRIP_ELEMENTS, tensor.elements() - first);
            weights.read(tensor.name(), first, values, count);
            for (int i = 0; i < count; i++) {
                double value = values[i];
                if (Double.isFinite(value)) {
                    squares += value * value;
                } else {
                    notFinite++;
                }
            }
        }
        return new TensorFigures(Math.sqrt(squares), notFinite);
    }
}
