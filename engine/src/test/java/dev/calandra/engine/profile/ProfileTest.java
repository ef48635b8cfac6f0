package dev.calandra.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfileTest {

    /** 2 GFLOP/s of F32, 5 of FP8, and 4 GB/s: 2 or 5 operations, or 4 bytes, a nanosecond. */
    private static final Roofline ROOFLINE = new Roofline(2e9, 5e9, 4e9);

    private static final Work PRODUCT = new Work("f32[4x8] f32[2x8]", 1000, 400);
    private static final Work SMALL_FILL = new Work("f32[8]", 0, 32);
    private static final Work LARGE_FILL = new Work("f32[100]", 0, 400);

    private static final Profile PROFILE = new Profile(
            List.of(new Profile.Step(0, 3000), new Profile.Step(5000, 5000)),
            List.of(
                    new KernelCall("linear", PRODUCT, 100, 1000),
                    new KernelCall("fill", LARGE_FILL, 1500, 400),
                    new KernelCall("linear", PRODUCT, 5100, 3000),
                    new KernelCall("fill", SMALL_FILL, 9000, 16),
                    new KernelCall("fill", LARGE_FILL, 9100, 800)));

    @Test
    void linesAreMeansPerStepTheLongestFirst() {
        List<Profile.Line> lines = PROFILE.lines(ROOFLINE);

        assertThat(lines)
                .extracting(Profile.Line::kernel, Profile.Line::shapes, Profile.Line::calls)
                .containsExactly(
                        tuple("linear", PRODUCT.shapes(), 1.0),
                        tuple("fill", LARGE_FILL.shapes(), 1.0),
                        tuple("fill", SMALL_FILL.shapes(), 0.5));
        Profile.Line linear = lines.getFirst();
        assertThat(linear.seconds()).isCloseTo(2000e-9, within(1e-15));
        assertThat(linear.share()).isCloseTo(0.5, within(1e-12));
        assertThat(linear.flopsPerSecond()).isCloseTo(1000 / 2000e-9, within(1.0));
        assertThat(linear.bytesPerSecond()).isCloseTo(400 / 2000e-9, within(1.0));
    }

    @Test
    void theSlowerLimitIsTheRoof() {
        List<Profile.Line> lines = PROFILE.lines(ROOFLINE);

        // 1000 operations need 500 ns, 400 bytes 100 ns: twice 500 of 4000. A fill needs 100 ns twice, of 1200.
        assertThat(lines.get(0).rooflineShare()).isCloseTo(1000.0 / 4000, within(1e-12));
        assertThat(lines.get(1).rooflineShare()).isCloseTo(200.0 / 1200, within(1e-12));
        assertThat(lines.get(2).rooflineShare()).isCloseTo(8.0 / 16, within(1e-12));
    }

    @Test
    void productsOfFp8HaveARateOfTheirOwn() {
        Work fp8 = new Work("e4m3[4x8] e4m3[2x8]", Work.Operands.FP8, 1000, 100);

        assertThat(ROOFLINE.seconds(fp8)).isCloseTo(200e-9, within(1e-15));
        assertThat(ROOFLINE.productSeconds(LARGE_FILL)).isZero();
        // 500 ns of F32 twice, 200 of FP8 once, in two steps.
        List<KernelCall> calls = new ArrayList<>(PROFILE.calls());
        calls.add(new KernelCall("linear", fp8, 9950, 50));
        assertThat(new Profile(PROFILE.steps(), calls).productSeconds(ROOFLINE)).isCloseTo(600e-9, within(1e-15));
    }

    @Test
    void kernelsAndTheTimeBetweenThemAreTheStep() {
        double kernels = PROFILE.lines(ROOFLINE).stream()
                .mapToDouble(Profile.Line::seconds)
                .sum();

        assertThat(PROFILE.stepSeconds()).isCloseTo(4000e-9, within(1e-15));
        assertThat(kernels + PROFILE.secondsOutsideKernels()).isCloseTo(4000e-9, within(1e-15));
        assertThat(PROFILE.secondsOutsideKernels()).isCloseTo((8000 - 5216) / 2 * 1e-9, within(1e-15));
    }

    @Test
    void aProfileWithoutStepsIsRefused() {
        assertThatThrownBy(() -> new Profile(List.of(), List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void limitsAreAboveZero() {
        assertThatThrownBy(() -> new Roofline(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Roofline(1, -1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Roofline(1, 1, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }
}
