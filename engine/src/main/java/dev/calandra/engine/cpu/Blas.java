package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;

/**
 * Matrix products of a native library on raw addresses, row-major, summed in F32, on the calling thread alone; leading
 * dimensions in elements. The same operands give the same bits at every call.
 */
sealed interface Blas permits OneDnn, OpenBlas {

    /** oneDNN where it is present and knows the processor, else the OpenBLAS that ND4J brings along. */
    static Blas ofThisMachine() {
        return OneDnn.find().<Blas>map(library -> library).orElseGet(OpenBlas::new);
    }

    /** Name of the library and of the processor family it has chosen kernels for. */
    String name();

    /** Whether BF16 operands can be multiplied at a better rate than F32 ones; F32 always can. */
    boolean multipliesBf16();

    /** c[m, n] = beta·c + op(a)·op(b), c in F32; op transposes where asked. */
    void gemm(
            DType operands,
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            long a,
            int lda,
            long b,
            int ldb,
            float beta,
            long c,
            int ldc);

    /** c[m, n] = beta·c + a[m, k]·b[n, k]ᵀ in F32. */
    default void multiplyTransposed(
            int m, int n, int k, long a, int lda, long b, int ldb, float beta, long c, int ldc) {
        gemm(DType.F32, false, true, m, n, k, a, lda, b, ldb, beta, c, ldc);
    }

    /** c[m, n] = beta·c + a[m, k]·b[k, n] in F32. */
    default void multiply(int m, int n, int k, long a, int lda, long b, int ldb, float beta, long c, int ldc) {
        gemm(DType.F32, false, false, m, n, k, a, lda, b, ldb, beta, c, ldc);
    }

    /** c[m, n] = beta·c + a[k, m]ᵀ·b[k, n] in F32. */
    default void transposedMultiply(
            int m, int n, int k, long a, int lda, long b, int ldb, float beta, long c, int ldc) {
        gemm(DType.F32, true, false, m, n, k, a, lda, b, ldb, beta, c, ldc);
    }
}
