package dev.calandra.engine;

/** Element type of a {@link Tensor}. FP8 codes are {@code U8}; what they mean is said by {@link Fp8Tensor}. */
public enum DType {
    F32(4),
    F64(8),
    BF16(2),
    I32(4),
    U8(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }
}
