package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ObjIntConsumer;

/** Turns the bytes of one tensor into Java arrays, a chunk at a time. */
record ElementReader(TensorReader reader, TensorInfo tensor) {
    private static final int CHUNK_ELEMENTS = 1 << 17;

    float[] floats() {
        float[] values = new float[length()];
        ObjIntConsumer<ByteBuffer> decode = switch (tensor.dtype()) {
            case F32 -> (bytes, at) -> values[at] = bytes.getFloat();
            case BF16 -> (bytes, at) -> values[at] = Float.intBitsToFloat(bytes.getShort() << 16);
            case F16 -> (bytes, at) -> values[at] = Float.float16ToFloat(bytes.getShort());
            case F64 -> (bytes, at) -> values[at] = (float) bytes.getDouble();
            case BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, I32, U32, I64, U64 -> throw mistyped("floats");
        };
        decode(values.length, decode);
        return values;
    }

    int[] ints() {
        int[] values = new int[length()];
        ObjIntConsumer<ByteBuffer> decode = switch (tensor.dtype()) {
            case BOOL, U8 -> (bytes, at) -> values[at] = Byte.toUnsignedInt(bytes.get());
            case I8 -> (bytes, at) -> values[at] = bytes.get();
            case I16 -> (bytes, at) -> values[at] = bytes.getShort();
            case U16 -> (bytes, at) -> values[at] = Short.toUnsignedInt(bytes.getShort());
            case I32 -> (bytes, at) -> values[at] = bytes.getInt();
            case U32 -> (bytes, at) -> values[at] = exact(Integer.toUnsignedLong(bytes.getInt()), at);
            case I64 -> (bytes, at) -> values[at] = exact(bytes.getLong(), at);
            case U64, F8_E5M2, F8_E4M3, F16, BF16, F32, F64 -> throw mistyped("32-bit integers");
        };
        decode(values.length, decode);
        return values;
    }

    private void decode(int length, ObjIntConsumer<ByteBuffer> decode) {
        int width = tensor.dtype().bytes();
        ByteBuffer chunk =
                ByteBuffer.allocate(Math.min(length, CHUNK_ELEMENTS) * width).order(ByteOrder.LITTLE_ENDIAN);
        for (int start = 0; start < length; start += CHUNK_ELEMENTS) {
            int count = Math.min(CHUNK_ELEMENTS, length - start);
            chunk.clear().limit(count * width);
            reader.read(tensor.name(), (long) start * width, chunk);
            chunk.flip();
            for (int i = 0; i < count; i++) {
                decode.accept(chunk, start + i);
            }
        }
    }

    private int length() {
        if (tensor.elements() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("tensor '" + tensor.name() + "' has " + tensor.elements()
                    + " elements, more than one array holds; read its bytes in parts");
        }
        return (int) tensor.elements();
    }

    private int exact(long value, int at) {
        if (value != (int) value) {
            throw new CheckpointException(at(at) + " is " + value + ", beyond 32 bits");
        }
        return (int) value;
    }

    private String at(int index) {
        return reader.location() + ": tensor " + CorruptCheckpointException.quoted(tensor.name()) + " element " + index;
    }

    private CheckpointException mistyped(String wanted) {
        return new CheckpointException(
                reader.location() + ": tensor " + CorruptCheckpointException.quoted(tensor.name()) + " is "
                        + tensor.dtype() + ", not readable as " + wanted);
    }
}
