package dev.calandra.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SpikeDetectorTest {

    private static final long SEED = 7;

    private static SpikeDetector filled(int values) {
        SpikeDetector detector = new SpikeDetector(SpikeDetector.Rule.LOSS);
        Random noise = new Random(SEED);
        for (int i = 0; i < values; i++) {
            detector.observe(3 + 0.1 * noise.nextGaussian());
        }
        return detector;
    }

    @Test
    void callsNothingASpikeBeforeItHasSeenEnough() {
        assertThat(filled(63).isSpike(100)).isFalse();
        assertThat(filled(64).isSpike(100)).isTrue();
    }

    @Test
    void seesAValueSixSigmasUpButNotNoiseNorAFall() {
        SpikeDetector detector = filled(128);
        assertThat(detector.isSpike(3.9)).as("seed %d", SEED).isTrue();
        assertThat(detector.isSpike(3.35)).as("seed %d", SEED).isFalse();
        assertThat(detector.isSpike(0.1)).isFalse();
    }

    @Test
    void seesNoSpikesInAThousandNormalSteps() {
        SpikeDetector detector = new SpikeDetector(SpikeDetector.Rule.LOSS);
        Random noise = new Random(SEED);
        for (int i = 0; i < 1000; i++) {
            double value = 4 - i * 1e-3 + 0.1 * noise.nextGaussian();
            assertThat(detector.isSpike(value)).as("seed %d, step %d", SEED, i).isFalse();
            detector.observe(value);
        }
    }

    @Test
    void aFewOutliersInTheWindowDoNotHideTheNextSpike() {
        SpikeDetector detector = filled(118);
        for (int i = 0; i < 10; i++) {
            detector.observe(50);
        }
        assertThat(detector.isSpike(6)).isTrue();
    }

    @Test
    void aQuietWindowNeedsAnExcessAsWell() {
        SpikeDetector detector = new SpikeDetector(SpikeDetector.Rule.LOSS);
        for (int i = 0; i < 128; i++) {
            detector.observe(2);
        }
        assertThat(detector.isSpike(2.11)).isFalse();
        assertThat(detector.isSpike(2.13)).isTrue();
    }

    @Test
    void valuesThatAreNotFiniteNeitherEnterNorSpike() {
        SpikeDetector detector = filled(128);
        var before = detector.window();
        detector.observe(Double.NaN);
        detector.observe(Double.POSITIVE_INFINITY);
        assertThat(detector.window()).isEqualTo(before);
        assertThat(detector.isSpike(Double.NaN)).isFalse();
        assertThat(detector.isSpike(Double.POSITIVE_INFINITY)).isFalse();
    }

    @Test
    void aRestoredWindowDecidesAndGoesOnLikeTheOriginal() {
        SpikeDetector original = filled(200);
        SpikeDetector restored = new SpikeDetector(SpikeDetector.Rule.LOSS);
        restored.restore(original.window());
        Random noise = new Random(SEED + 1);
        for (int i = 0; i < 300; i++) {
            double value = 3 + 0.4 * Math.abs(noise.nextGaussian());
            assertThat(restored.isSpike(value))
                    .as("seed %d, step %d", SEED + 1, i)
                    .isEqualTo(original.isSpike(value));
            original.observe(value);
            restored.observe(value);
        }
        assertThat(restored.window()).isEqualTo(original.window()).hasSize(128);
    }

    @Test
    void clearingStartsAnew() {
        SpikeDetector detector = filled(128);
        detector.clear();
        assertThat(detector.window()).isEmpty();
        assertThat(detector.isSpike(100)).isFalse();
    }
}
