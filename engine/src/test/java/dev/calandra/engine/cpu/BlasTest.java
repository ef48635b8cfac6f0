package dev.calandra.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.engine.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every library against sums in double, at awkward sizes; the one that is not chosen here is chosen elsewhere. */
class BlasTest {

    private static final int[][] SIZES = {
        {1, 1, 1}, {1, 256, 64}, {3, 5, 7}, {17, 33, 65}, {64, 31, 129}, {130, 64, 1}, {100, 300, 200}
    };

    static Stream<Blas> libraries() {
        return Stream.concat(OneDnn.find().stream(), Stream.of(new OpenBlas()));
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void singlePrecision(Blas blas) {
        agrees(blas, DType.F32);
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void bf16WhereItIsPromised(Blas blas) {
        if (blas.multipliesBf16()) {
            agrees(blas, DType.BF16);
        } else {
            assertThatThrownBy(() -> blas.gemm(DType.I32, false, false, 1, 1, 1, 0, 1, 0, 1, 0f, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void theChosenLibraryIsOneOfThese() {
        assertThat(libraries().map(Blas::name)).contains(Blas.ofThisMachine().name());
    }

    private static void agrees(Blas blas, DType operands) {
        long seed = 20;
        Random random = new Random(seed);
        for (int[] size : SIZES) {
            for (int transposes = 0; transposes < 4; transposes++) {
                boolean first = (transposes & 1) != 0;
                boolean second = (transposes & 2) != 0;
                for (float beta : new float[] {0f, 1f}) {
                    agrees(blas, operands, first, second, size, beta, random);
                }
            }
        }
    }

    private static void agrees(
            Blas blas, DType operands, boolean first, boolean second, int[] size, float beta, Random random) {
        int m = size[0];
        int n = size[1];
        int k = size[2];
        // Rows are longer than they need to be, as those of a slice are.
        int lda = (first ? m : k) + 3;
        int ldb = (second ? k : n) + 2;
        int ldc = n + 1;
        try (Arena arena = Arena.ofConfined()) {
            float[] a = values(random, (first ? k : m) * lda);
            float[] b = values(random, (second ? n : k) * ldb);
            float[] before = values(random, m * ldc);
            MemorySegment c = store(arena, before, DType.F32);
            MemorySegment aMemory = store(arena, a, operands);
            MemorySegment bMemory = store(arena, b, operands);
            blas.gemm(
                    operands,
                    first,
                    second,
                    m,
                    n,
                    k,
                    aMemory.address(),
                    lda,
                    bMemory.address(),
                    ldb,
                    beta,
                    c.address(),
                    ldc);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = beta * before[i * ldc + j];
                    for (int l = 0; l < k; l++) {
                        sum += (double) a[first ? l * lda + i : i * lda + l] * b[second ? j * ldb + l : l * ldb + j];
                    }
                    assertThat((double) c.getAtIndex(ValueLayout.JAVA_FLOAT, (long) i * ldc + j))
                            .as("%s %s %dx%dx%d at %d, %d", blas.name(), operands, m, n, k, i, j)
                            .isCloseTo(sum, within(2e-6 * Math.sqrt(k) * 4));
                }
                float beyond = c.getAtIndex(ValueLayout.JAVA_FLOAT, (long) i * ldc + n);
                assertThat(beyond).as("what stands between rows").isEqualTo(before[i * ldc + n]);
            }
        }
    }

    /** Values that BF16 holds. */
    private static float[] values(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = Bf16.decode(Bf16.encode((float) random.nextGaussian()));
        }
        return values;
    }

    private static MemorySegment store(Arena arena, float[] values, DType dtype) {
        MemorySegment memory = arena.allocate((long) values.length * dtype.bytes(), 64);
        for (int i = 0; i < values.length; i++) {
            if (dtype == DType.BF16) {
                memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Bf16.encode(values[i]));
            } else {
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
            }
        }
        return memory;
    }
}
