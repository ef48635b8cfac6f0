package dev.calandra.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * {@code cblas_sgemm} of the OpenBLAS that ND4J brings along, called on raw addresses: under a microsecond per call where
 * ND4J's own operations take tens.
 */
final class Blas {

    private static final int ROW_MAJOR = 101;
    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;
    private static final long LONGEST_NAME = 64;

    private final MethodHandle sgemm;
    private final String coreName;

    Blas() {
        SymbolLookup library = library();
        Linker linker = Linker.nativeLinker();
        sgemm = linker.downcallHandle(
                library.findOrThrow("cblas_sgemm"),
                FunctionDescriptor.ofVoid(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_FLOAT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_FLOAT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT));
        MethodHandle setThreads = linker.downcallHandle(
                library.findOrThrow("openblas_set_num_threads"), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
        MethodHandle core = linker.downcallHandle(
                library.findOrThrow("openblas_get_corename"), FunctionDescriptor.of(ValueLayout.ADDRESS));
        try {
            setThreads.invokeExact(1);
            coreName = ((MemorySegment) core.invokeExact())
                    .reinterpret(LONGEST_NAME)
                    .getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException("OpenBLAS does not answer", e);
        }
    }

    private static SymbolLookup library() {
        Path wrapper = Path.of(Loader.load(openblas_nolapack.class));
        Path library = wrapper.resolveSibling(System.mapLibraryName("openblas_nolapack") + versionSuffix());
        return SymbolLookup.libraryLookup(library, Arena.global());
    }

    private static String versionSuffix() {
        return System.getProperty("os.name").startsWith("Linux") ? ".0" : "";
    }

    /** The processor family whose kernels OpenBLAS chose. */
    String coreName() {
        return coreName;
    }

    /** c[m, n] = beta·c + a[m, k]·b[n, k]ᵀ; leading dimensions in elements. */
    void multiplyTransposed(int m, int n, int k, long a, int lda, long b, int ldb, float beta, long c, int ldc) {
        gemm(NO_TRANSPOSE, TRANSPOSE, m, n, k, 1f, a, lda, b, ldb, beta, c, ldc);
    }

    /** c[m, n] = beta·c + a[m, k]·b[k, n]. */
    void multiply(int m, int n, int k, long a, int lda, long b, int ldb, float beta, long c, int ldc) {
        gemm(NO_TRANSPOSE, NO_TRANSPOSE, m, n, k, 1f, a, lda, b, ldb, beta, c, ldc);
    }

    /** c[m, n] = beta·c + a[k, m]ᵀ·b[k, n]. */
    void transposedMultiply(int m, int n, int k, long a, int lda, long b, int ldb, float beta, long c, int ldc) {
        gemm(TRANSPOSE, NO_TRANSPOSE, m, n, k, 1f, a, lda, b, ldb, beta, c, ldc);
    }

    private void gemm(
            int transposeA,
            int transposeB,
            int m,
            int n,
            int k,
            float alpha,
            long a,
            int lda,
            long b,
            int ldb,
            float beta,
            long c,
            int ldc) {
        if (m == 0 || n == 0) {
            return;
        }
        try {
            sgemm.invokeExact(ROW_MAJOR, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        } catch (Throwable e) {
            throw new IllegalStateException("cblas_sgemm failed for " + m + "x" + n + "x" + k, e);
        }
    }
}
