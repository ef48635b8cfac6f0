package dev.calandra.engine.agreement;

import dev.calandra.engine.Kernels;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.nd4j.Nd4jKernels;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fast kernels against the oracle, and against themselves on other numbers of threads. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpuKernelsAgreementTest {

    private Kernels oracle;
    private Kernels one;
    private Kernels two;
    private Kernels three;

    @BeforeAll
    void start() {
        oracle = new Nd4jKernels();
        one = new CpuKernels(1);
        two = new CpuKernels(2);
        three = new CpuKernels(3);
    }

    @AfterAll
    void stop() {
        three.close();
        two.close();
        one.close();
        oracle.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithTheOracleAndWithItselfOnAnyNumberOfThreads(KernelCase kernelCase) {
        Outputs onOneThread = kernelCase.run(one);
        onOneThread.assertAgreeWith(kernelCase.run(oracle));
        kernelCase.run(two).assertSameBitsAs(onOneThread);
        kernelCase.run(three).assertSameBitsAs(onOneThread);
    }

    static Stream<KernelCase> cases() {
        return Stream.of(
                        ProductCases.all(),
                        PrecisionCases.all(),
                        AttentionCases.all(),
                        ExpertCases.all(),
                        EndCases.all())
                .flatMap(topic -> topic);
    }
}
