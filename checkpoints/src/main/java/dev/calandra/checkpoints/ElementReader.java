package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ObjIntConsumer;

/** Turns the bytes of one tensor into Java arrays, a chunk at a time. */
record ElementReader(TensorReader reader, TensorInfo tensor) {
    private static final int CHUNK_ELEMENTS = 1 << 17;

    /** Writes a chunk's elements into an array, from an index on. */
    @FunctionalInterface
    private interface FloatDecoder {
        void decode(ByteBuffer chunk, float[] target, int at);
    }

    float[] floats() {
        float[] values = new float[length()];
        floats(0, values, values.length);
        return values;
    }

    /** Elements from a first one on, at the start of an array. */
    void floats(long first, float[] target, int count) {
        FloatDecoder decoder = floatDecoder();
        chunks(first, count, (chunk, at) -> decoder.decode(chunk, target, at));
    }

    private FloatDecoder floatDecoder() {
        return switch (tensor.dtype()) {
            case F32 -> (chunk, target, at) -> chunk.asFloatBuffer().get(target, at, chunk.remaining() / Float.BYTES);
            case F64 -> elements((chunk, index) -> (float) chunk.getDouble(index * Double.BYTES));
            case BF16 -> elements((chunk, index) -> Float.intBitsToFloat(chunk.getShort(index * Short.BYTES) << 16));
            case F16 -> elements((chunk, index) -> Float.float16ToFloat(chunk.getShort(index * Short.BYTES)));
            // E5M2 is the upper half of F16.
            case F8_E5M2 -> elements((chunk, index) -> Float.float16ToFloat((short) (chunk.get(index) << 8)));
            case F8_E4M3 -> elements((chunk, index) -> e4m3(chunk.get(index)));
            case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> throw mistyped("floats");
        };
    }

    @FunctionalInterface
    private interface Element {
        float at(ByteBuffer chunk, int index);
    }

    private FloatDecoder elements(Element element) {
        int width = tensor.dtype().bytes();
        return (chunk, target, at) -> {
            int count = chunk.remaining() / width;
            for (int i = 0; i < count; i++) {
                target[at + i] = element.at(chunk, i);
            }
        };
    }

    /** Sign, four bits of exponent with bias 7, three of mantissa; no infinities (arXiv 2209.05433, table 1). */
    private static float e4m3(byte code) {
        int magnitude = code & 0x7F;
        if (magnitude == 0x7F) {
            return Float.NaN;
        }
        int exponent = magnitude >>> 3;
        int mantissa = magnitude & 7;
        float value =
                exponent == 0 ? Math.scalb((float) mantissa, -9) : Math.scalb((float) (8 + mantissa), exponent - 10);
        return code < 0 ? -value : value;
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
        chunks(0, values.length, (chunk, at) -> {
            for (int i = at; chunk.hasRemaining(); i++) {
                decode.accept(chunk, i);
            }
        });
        return values;
    }

    /** @param each is given a chunk and the number of elements before it */
    private void chunks(long first, int count, ObjIntConsumer<ByteBuffer> each) {
        int width = tensor.dtype().bytes();
        ByteBuffer chunk =
                ByteBuffer.allocate(Math.min(count, CHUNK_ELEMENTS) * width).order(ByteOrder.LITTLE_ENDIAN);
        for (int start = 0; start < count; start += CHUNK_ELEMENTS) {
            chunk.clear().limit(Math.min(CHUNK_ELEMENTS, count - start) * width);
            reader.read(tensor.name(), Math.multiplyExact(first + start, width), chunk);
            each.accept(chunk.flip(), start);
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
