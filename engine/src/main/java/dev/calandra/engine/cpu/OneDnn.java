package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * The products of oneDNN, called in its plain form, {@code dnnl_sgemm} and {@code dnnl_gemm_bf16bf16f32}. Its BF16 product
 * doubles the rate on processors with the instruction VDPBF16PS: two exact products of BF16 values are added to an F32 sum,
 * numbers below 2⁻¹²⁶ counting as zero.
 *
 * <p>Signals wait while a product runs: from version 2.7 to 3.11 at least, {@code dnnl_sgemm} corrupts the heap when a signal
 * handler runs on its thread, as profilers' do many times a second and those of SIGTERM once.
 */
final class OneDnn implements Blas {

    private static final String FOLDER = "/org/bytedeco/";
    private static final String LIBRARY = "libdnnl.so.3";
    private static final String OPEN_MP = "libgomp.so.1";
    private static final String OPEN_CL = "libOpenCL.so.1";

    /** Bits of {@code dnnl_cpu_isa_t}. */
    private static final int AVX512_CORE = 0x27;

    private static final int AVX512_CORE_BF16 = 0xe7;

    private final SignalMask signals = new SignalMask();
    private final MethodHandle setThreads;
    private final MethodHandle sgemm;
    private final MethodHandle bf16Gemm;
    private final int processor;

    private OneDnn(SymbolLookup library, int processor) {
        this.processor = processor;
        Linker linker = Linker.nativeLinker();
        setThreads = linker.downcallHandle(
                library.findOrThrow("omp_set_num_threads"), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT));
        sgemm = gemm(linker, library, "dnnl_sgemm");
        bf16Gemm = gemm(linker, library, "dnnl_gemm_bf16bf16f32");
    }

    /** The library, if it was packaged for this platform and the processor has AVX-512; without, OpenBLAS is faster. */
    static Optional<OneDnn> find() {
        String platform = Loader.getPlatform();
        if (OneDnn.class.getResource(FOLDER + "dnnl/" + platform + "/" + LIBRARY) == null) {
            return Optional.empty();
        }
        // The library names these two as needed; OpenCL, which it never calls here, stands in another folder.
        extract("dnnl/" + platform + "/" + OPEN_MP);
        SymbolLookup.libraryLookup(extract("opencl/" + platform + "/" + OPEN_CL), Arena.global());
        SymbolLookup library = SymbolLookup.libraryLookup(extract("dnnl/" + platform + "/" + LIBRARY), Arena.global());
        int processor = processor(library);
        return has(processor, AVX512_CORE) ? Optional.of(new OneDnn(library, processor)) : Optional.empty();
    }

    private static Path extract(String resource) {
        try {
            return Loader.cacheResource(OneDnn.class, FOLDER + resource).toPath();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unpack " + resource + " into JavaCPP's cache", e);
        }
    }

    private static int processor(SymbolLookup library) {
        MethodHandle isa = Linker.nativeLinker()
                .downcallHandle(
                        library.findOrThrow("dnnl_get_effective_cpu_isa"), FunctionDescriptor.of(ValueLayout.JAVA_INT));
        try {
            return (int) isa.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("oneDNN does not tell the processor", e);
        }
    }

    private static MethodHandle gemm(Linker linker, SymbolLookup library, String name) {
        return linker.downcallHandle(
                library.findOrThrow(name),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_BYTE,
                        ValueLayout.JAVA_BYTE,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_FLOAT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_FLOAT,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG));
    }

    private static boolean has(int processor, int instructions) {
        return (processor & instructions) == instructions;
    }

    @Override
    public String name() {
        return multipliesBf16() ? "oneDNN AVX-512 with BF16" : "oneDNN AVX-512";
    }

    @Override
    public boolean multipliesBf16() {
        return has(processor, AVX512_CORE_BF16);
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
        if (m == 0 || n == 0) {
            return;
        }
        MethodHandle product = switch (operands) {
            case F32 -> sgemm;
            case BF16 -> bf16Gemm;
            default -> throw new IllegalArgumentException("no product of " + operands);
        };
        byte first = letter(transposeA);
        byte second = letter(transposeB);
        int status;
        try {
            signals.block();
            try {
                // OpenMP keeps the number for each thread, and there is no telling which threads have called before.
                setThreads.invokeExact(1);
                status = (int) product.invokeExact(
                        first, second, (long) m, (long) n, (long) k, 1f, a, (long) lda, b, (long) ldb, beta, c, (long)
                                ldc);
            } finally {
                signals.restore();
            }
        } catch (Throwable e) {
            throw new IllegalStateException("oneDNN failed for " + m + "x" + n + "x" + k, e);
        }
        if (status != 0) {
            throw new IllegalStateException("oneDNN refused " + m + "x" + n + "x" + k + " with status " + status);
        }
    }

    private static byte letter(boolean transpose) {
        return (byte) (transpose ? 'T' : 'N');
    }
}
