package dev.calandra.engine.nd4j;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Tensors as ND4J users know them. */
public final class Nd4jArrays {

    private Nd4jArrays() {}

    /**
     * An array on the tensor's own memory: nothing is copied, and writes through either are seen through the other.
     * BF16 becomes BFLOAT16, FP8 codes stay UINT8. Works on ND4J's CPU backend, whose arrays live in host memory.
     *
     * <p>The array does not own the memory: it must not be used after the tensor was closed.
     *
     * @throws IllegalStateException if the tensor was closed before
     */
    public static INDArray of(Tensor tensor) {
        DataType type = dataType(tensor.dtype());
        long[] shape = Arrays.stream(tensor.shape()).asLongStream().toArray();
        if (tensor.size() == 0) {
            return Nd4j.create(type, shape);
        }
        Pointer bytes = new AddressPointer(tensor.address(), tensor.byteSize());
        Pointer elements = switch (tensor.dtype()) {
            case F32 -> new FloatPointer(bytes);
            case F64 -> new DoublePointer(bytes);
            case I32 -> new IntPointer(bytes);
            case BF16, U8 -> bytes;
        };
        return Nd4j.create(Nd4j.createBuffer(elements, tensor.size(), type), shape);
    }

    private static DataType dataType(DType dtype) {
        return switch (dtype) {
            case F32 -> DataType.FLOAT;
            case F64 -> DataType.DOUBLE;
            case BF16 -> DataType.BFLOAT16;
            case I32 -> DataType.INT32;
            case U8 -> DataType.UINT8;
        };
    }

    /** Memory that someone else owns. */
    private static final class AddressPointer extends BytePointer {
        AddressPointer(long address, long bytes) {
            super((Pointer) null);
            this.address = address;
            this.limit = bytes;
            this.capacity = bytes;
        }
    }
}
