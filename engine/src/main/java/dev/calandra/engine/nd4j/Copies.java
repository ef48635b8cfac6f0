package dev.calandra.engine.nd4j;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The way between tensors and DOUBLE arrays: every value that F32, F64 or BF16 can hold comes in exactly. */
final class Copies {

    private Copies() {}

    /** The tensor's values in DOUBLE, of the tensor's shape. */
    static INDArray in(Tensor tensor) {
        long[] shape = Arrays.stream(tensor.shape()).asLongStream().toArray();
        return Nd4j.createFromArray(values(tensor)).reshape('c', shape);
    }

    /** The tensor's values in DOUBLE as a matrix [rows, columns]. */
    static INDArray matrix(Tensor tensor) {
        return Nd4j.createFromArray(values(tensor)).reshape('c', tensor.rows(), tensor.columns());
    }

    /** The tensor's values in DOUBLE as one row [1, n]. */
    static INDArray row(Tensor tensor) {
        return Nd4j.createFromArray(values(tensor)).reshape('c', 1, tensor.size());
    }

    /** The tensor's values in DOUBLE as one column [n, 1]. */
    static INDArray column(Tensor tensor) {
        return Nd4j.createFromArray(values(tensor)).reshape('c', tensor.size(), 1);
    }

    /** The values in order. */
    static double[] values(Tensor tensor) {
        MemorySegment segment = tensor.segment();
        double[] values = new double[Math.toIntExact(tensor.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (tensor.dtype()) {
                case F32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                case F64 -> segment.getAtIndex(ValueLayout.JAVA_DOUBLE, i);
                case BF16 -> Bf16.decode(segment.getAtIndex(ValueLayout.JAVA_SHORT, i));
                case I32, U8 -> throw new IllegalArgumentException("expected real values, got " + tensor);
            };
        }
        return values;
    }

    /** Rounds the array once to the tensor's type and writes it. */
    static void out(INDArray array, Tensor tensor) {
        out(doubles(array), tensor);
    }

    /** Rounds the values once to the tensor's type and writes them. */
    static void out(double[] values, Tensor tensor) {
        if (values.length != tensor.size()) {
            throw new IllegalArgumentException(values.length + " values for " + tensor);
        }
        MemorySegment segment = tensor.segment();
        for (int i = 0; i < values.length; i++) {
            switch (tensor.dtype()) {
                case F32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
                case F64 -> segment.setAtIndex(ValueLayout.JAVA_DOUBLE, i, values[i]);
                case BF16 -> segment.setAtIndex(ValueLayout.JAVA_SHORT, i, Bf16.encode((float) values[i]));
                case I32, U8 -> throw new IllegalArgumentException("cannot write real values to " + tensor);
            }
        }
    }

    /** As {@link #out}, or adds to what the tensor holds. */
    static void out(INDArray array, Tensor tensor, boolean accumulate) {
        out(accumulate ? array.add(in(tensor).reshape(array.shape())) : array, tensor);
    }

    /** The array's elements in row-major order, whatever its strides. */
    static double[] doubles(INDArray array) {
        return array.dup('c').data().asDouble();
    }

    /** Elements of an index tensor. */
    static int[] indices(Tensor tensor) {
        return tensor.require(DType.I32).toInts();
    }
}
