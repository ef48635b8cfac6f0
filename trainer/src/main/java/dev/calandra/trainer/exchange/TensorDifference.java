package dev.calandra.trainer.exchange;

import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.trainer.model.StoredWeights;
import java.nio.ByteBuffer;

/**
 * How far two tensors of one name are from each other.
 *
 * @param kind in which way they differ
 * @param largest largest difference of two elements; NaN unless the values differ, or where one of two is not finite
 * @param relative norm of the difference over the norm of the first; NaN as above
 */
public record TensorDifference(Kind kind, double largest, double relative) {

    private static final int STRIP_ELEMENTS = 1 << 20;

    /** Ways of differing, from none to all. */
    public enum Kind {
        /** The same type and bytes. */
        IDENTICAL,
        /** Other types or scales, the same values. */
        SAME_VALUES,
        /** The same shape, other values. */
        VALUES,
        /** Integers of which some differ. */
        BYTES,
        /** No element corresponds to another. */
        SHAPE
    }

    private static TensorDifference of(Kind kind) {
        return new TensorDifference(kind, Double.NaN, Double.NaN);
    }

    /** Compares the tensors of a name, which both have. FP8 codes are compared with their scales. */
    public static TensorDifference of(TensorReader first, TensorReader second, String name) {
        TensorInfo a = first.tensor(name);
        TensorInfo b = second.tensor(name);
        if (!a.shape().equals(b.shape())) {
            return of(Kind.SHAPE);
        }
        if (sameBytes(first, second, name) && sameBytes(first, second, name + StoredWeights.SCALE_SUFFIX)) {
            return of(Kind.IDENTICAL);
        }
        if (!TensorFigures.apply(a.dtype()) || !TensorFigures.apply(b.dtype())) {
            return of(Kind.BYTES);
        }
        return values(new StoredWeights(first), new StoredWeights(second), a);
    }

    /** Also where neither has such a tensor. */
    private static boolean sameBytes(TensorReader first, TensorReader second, String name) {
        return first.find(name).equals(second.find(name))
                && first.find(name)
                        .map(tensor -> sameBytes(first, second, tensor))
                        .orElse(true);
    }

    private static boolean sameBytes(TensorReader first, TensorReader second, TensorInfo tensor) {
        int strip = (int) Math.min(STRIP_ELEMENTS, tensor.bytes());
        ByteBuffer a = ByteBuffer.allocate(strip);
        ByteBuffer b = ByteBuffer.allocate(strip);
        for (long at = 0; at < tensor.bytes(); at += strip) {
            int count = (int) Math.min(strip, tensor.bytes() - at);
            first.read(tensor.name(), at, a.clear().limit(count));
            second.read(tensor.name(), at, b.clear().limit(count));
            if (!a.flip().equals(b.flip())) {
                return false;
            }
        }
        return true;
    }

    private static TensorDifference values(StoredWeights first, StoredWeights second, TensorInfo tensor) {
        int strip = (int) Math.min(STRIP_ELEMENTS, tensor.elements());
        float[] a = new float[strip];
        float[] b = new float[strip];
        double largest = 0;
        double differences = 0;
        double squares = 0;
        boolean same = true;
        for (long at = 0; at < tensor.elements(); at += strip) {
            int count = (int) Math.min(strip, tensor.elements() - at);
            first.read(tensor.name(), at, a, count);
            second.read(tensor.name(), at, b, count);
            for (int i = 0; i < count; i++) {
                double difference = Math.abs((double) a[i] - b[i]);
                same &= Float.floatToRawIntBits(a[i]) == Float.floatToRawIntBits(b[i]);
                largest = Math.max(largest, difference);
                differences += difference * difference;
                squares += (double) a[i] * a[i];
            }
        }
        if (same) {
            return of(Kind.SAME_VALUES);
        }
        return new TensorDifference(Kind.VALUES, largest, Math.sqrt(differences / squares));
    }
}
