package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CounterRandomTest {

    private static final int COUNT = 100_000;

    @Test
    void normalNumbersHaveTheMomentsOfTheNormalDistribution() {
        float[] x = new float[COUNT];
        new CounterRandom(3, 7).normals(0, 1, x);
        // Five standard errors of each moment's estimate.
        assertThat(mean(x, 1)).isCloseTo(0, within(5 / Math.sqrt(COUNT)));
        assertThat(mean(x, 2)).isCloseTo(1, within(5 * Math.sqrt(2.0 / COUNT)));
        assertThat(mean(x, 3)).isCloseTo(0, within(5 * Math.sqrt(15.0 / COUNT)));
        assertThat(mean(x, 4)).isCloseTo(3, within(5 * Math.sqrt(96.0 / COUNT)));
        double neighbours = 0;
        for (int i = 1; i < COUNT; i++) {
            neighbours += x[i] * x[i - 1];
        }
        assertThat(neighbours / COUNT).as("correlation of neighbours").isCloseTo(0, within(5 / Math.sqrt(COUNT)));
    }

    @Test
    void eachNormalNumberDependsOnItsIndexAlone() {
        CounterRandom random = new CounterRandom(5, 1);
        float[] all = new float[9];
        random.normals(0, 0.02, all);
        float[] some = new float[3];
        random.normals(5, 0.02, some);
        assertThat(some).containsExactly(all[5], all[6], all[7]);
        double probability = ((random.bits(5) >>> 29) + 0.5) * 0x1p-35;
        assertThat(some[0]).isEqualTo((float) (0.02 * NormalQuantile.of(probability)));
    }

    private static double mean(float[] x, int power) {
        double sum = 0;
        for (float v : x) {
            sum += Math.pow(v, power);
        }
        return sum / x.length;
    }

    @Test
    void seedStreamAndIndexAllMatter() {
        long bits = new CounterRandom(1, 2).bits(3);
        assertThat(new CounterRandom(1, 2).bits(3)).isEqualTo(bits);
        assertThat(new CounterRandom(2, 2).bits(3)).isNotEqualTo(bits);
        assertThat(new CounterRandom(1, 3).bits(3)).isNotEqualTo(bits);
        assertThat(new CounterRandom(1, 2).bits(4)).isNotEqualTo(bits);
    }

    @Test
    void uniformNumbersStayBelowOne() {
        CounterRandom random = new CounterRandom(0, 0);
        assertThat(LongStream.range(0, COUNT).mapToDouble(random::uniform)).allMatch(u -> u >= 0 && u < 1);
    }
}
