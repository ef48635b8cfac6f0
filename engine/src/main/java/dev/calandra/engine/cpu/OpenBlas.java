package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
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
final class OpenBlas implements Blas {

    private static final int ROW_MAJOR = 101;
    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;
    private static final long LONGEST_NAME = 64;

    private final MethodHandle sgemm;
    private final String coreName;

    OpenBlas() {
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

    @Override
    public String name() {
        return "OpenBLAS " + coreName;
    }

    @Override
    public boolean multipliesBf16() {
        return false;
    }

    @Override
    public void gemm(
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
            int ldc) {
        if (operands != DType.F32) {
            throw new IllegalArgumentException("no product of " + operands);
        }
        if (m == 0 || n == 0) {
            return;
        }
        int first = transposeA ? TRANSPOSE : NO_TRANSPOSE;
        int second = transposeB ? TRANSPOSE : NO_TRANSPOSE;
        try {
            sgemm.invokeExact(ROW_MAJOR, first, second, m, n, k, 1f, a, lda, b, ldb, beta, c, ldc);
        } catch (Throwable e) {
            throw new IllegalStateException("cblas_sgemm failed for " + m + "x" + n + "x" + k, e);
        }
    }
}
