package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NormalQuantileTest {

    /** Values of Python's statistics.NormalDist, which computes the same fit. */
    @ParameterizedTest
    @CsvSource({
        "0.25, -0.6744897501960817",
        "0.001, -3.090232306167813",
        "0.5, 0",
        "0.975, 1.9599639845400536",
        "0.5001, 0.0002506628300880075",
        "0.925, 1.439531470938456",
        "0.9250001, 1.4395321773759004",
        "1e-6, -4.753424308822899",
        "0.999999999, 5.997807019601638",
        "1.3887943864964021e-11, -6.6579046435011024"
    })
    void givesThePublishedValues(double probability, double quantile) {
        assertThat(NormalQuantile.of(probability)).isCloseTo(quantile, withinPercentage(1e-12));
    }

    @Test
    void isOddAndGrows() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            // 35 bits and a half, as CounterRandom draws them: exact, and so is one minus it.
            double p = ((random.nextLong() >>> 29) + 0.5) * 0x1p-35;
            double z = NormalQuantile.of(p);
            assertThat(NormalQuantile.of(1 - p)).as("seed %d, p %s", seed, p).isEqualTo(-z);
            double larger = Math.min(p + 0x1p-34, 1 - 0x1p-36);
            assertThat(NormalQuantile.of(larger)).as("seed %d, p %s", seed, p).isGreaterThanOrEqualTo(z);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1e-11, 1, 1 - 1e-11, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesWhatTheFitDoesNotCover(double probability) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NormalQuantile.of(probability))
                .withMessageContaining(String.valueOf(probability));
    }
}
