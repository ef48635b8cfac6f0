package dev.calandra.data.mixture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApportionmentTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64, 256})
    void staysWithinOneSampleOfTheIntegral(int blockSize) {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            MixtureSchedule schedule = randomSchedule(random, 50.0 * blockSize);
            Apportionment apportionment = new Apportionment(schedule, blockSize);
            for (int b = 0; b < 100; b++) {
                Apportionment.Block block = apportionment.block(b);
                assertThat(Arrays.stream(block.after()).sum()).isEqualTo((b + 1L) * blockSize);
                for (int d = 0; d < schedule.sources(); d++) {
                    assertThat(block.count(d))
                            .as("seed %d block %d source %d", seed, b, d)
                            .isNotNegative();
                    assertThat(block.after()[d] - schedule.integral(d, (b + 1.0) * blockSize))
                            .as("seed %d block %d source %d", seed, b, d)
                            .isBetween(-1 - Apportionment.TOLERANCE, 1 + Apportionment.TOLERANCE);
                }
            }
        }
    }

    @Test
    void manyEqualSourcesOverManyBlocks() {
        double[] weights = new double[97];
        Arrays.fill(weights, 1);
        MixtureSchedule schedule = Schedules.of(new boolean[97], weights, new double[] {0}, new double[] {0});
        Apportionment apportionment = new Apportionment(schedule, 64);
        for (int b = 0; b < 3000; b++) {
            long[] after = apportionment.block(b).after();
            for (int d = 0; d < 97; d++) {
                assertThat(Math.abs(after[d] - (b + 1) * 64.0 / 97)).isLessThanOrEqualTo(1 + Apportionment.TOLERANCE);
            }
        }
    }

    @Test
    void aTinyWeightIsServed() {
        MixtureSchedule schedule =
                Schedules.of(new boolean[3], new double[] {1, 1e-5, 2e-5}, new double[] {0}, new double[] {0});
        Apportionment apportionment = new Apportionment(schedule, 256);
        long[] served = apportionment.block(4000).after();
        assertThat(served[1]).isBetween(9L, 11L);
        assertThat(served[2]).isBetween(19L, 22L);
    }

    @Test
    void anEndedKindIsServedNoMore() {
        MixtureSchedule schedule = Schedules.of(
                new boolean[] {false, false, true}, new double[] {1, 0.3, 1}, new double[] {0, 1000}, new double[] {0, 1
                });
        Apportionment apportionment = new Apportionment(schedule, 64);
        long[] atEnd = apportionment.block(20).after();
        long[] later = apportionment.block(500).after();
        assertThat(later[0]).isEqualTo(atEnd[0]);
        assertThat(later[1]).isEqualTo(atEnd[1]);
    }

    @Test
    void anyOrderOfQuestionsGivesTheSameAnswers() {
        MixtureSchedule schedule = randomSchedule(new Random(11), 10_000);
        Apportionment inOrder = new Apportionment(schedule, 32);
        Apportionment atRandom = new Apportionment(schedule, 32);
        Random random = new Random(12);
        for (int i = 0; i < 300; i++) {
            int b = random.nextInt(1000);
            assertThat(atRandom.block(b).before()).isEqualTo(inOrder.block(b).before());
        }
        Apportionment fresh = new Apportionment(schedule, 32);
        for (int b = 0; b < 1000; b++) {
            assertThat(fresh.block(b).before()).isEqualTo(atRandom.block(b).before());
        }
    }

    /** Both kinds, weights over five orders of magnitude, up to four pieces, shares that touch 0 and 1. */
    private static MixtureSchedule randomSchedule(Random random, double run) {
        int sources = 2 + random.nextInt(9);
        boolean[] second = new boolean[sources];
        double[] weights = new double[sources];
        for (int d = 0; d < sources; d++) {
            second[d] = d == 0 || d > 1 && random.nextBoolean();
            weights[d] = Math.pow(10, -5 * random.nextDouble());
        }
        int points = 1 + random.nextInt(4);
        double[] at = new double[points];
        double[] share = new double[points];
        for (int p = 0; p < points; p++) {
            at[p] = p == 0 ? 0 : at[p - 1] + 1 + random.nextDouble() * run / points;
            share[p] = Math.clamp(random.nextDouble() * 1.6 - 0.3, 0, 1);
        }
        return Schedules.of(second, weights, at, share);
    }
}
