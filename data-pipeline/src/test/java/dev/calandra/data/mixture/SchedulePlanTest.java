package dev.calandra.data.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SchedulePlanTest {
    private static final double FREE = Double.POSITIVE_INFINITY;
    private static final int BLOCK = 64;

    private static Curve linear(double... atAndValue) {
        return curve(false, atAndValue);
    }

    private static Curve curve(boolean stepped, double... atAndValue) {
        double[] at = new double[atAndValue.length / 2];
        double[] value = new double[at.length];
        for (int p = 0; p < at.length; p++) {
            at[p] = atAndValue[2 * p];
            value[p] = atAndValue[2 * p + 1];
        }
        return new Curve(at, value, stepped);
    }

    private static SchedulePlan.Source source(boolean second, Curve weight, double capacity) {
        return new SchedulePlan.Source(second, weight, capacity);
    }

    @Test
    void sharesAreKindTimesWeightAndLinearBetweenPoints() {
        MixtureSchedule schedule = new SchedulePlan(
                        linear(0, 0.2, 100, 0.6),
                        List.of(
                                source(false, Curve.constant(1), FREE),
                                source(true, linear(0, 1, 50, 3), FREE),
                                source(true, Curve.constant(1), FREE)),
                        0,
                        100)
                .schedule();
        assertThat(schedule.share(0, 0)).isCloseTo(0.8, within(1e-12));
        assertThat(schedule.share(1, 0)).isCloseTo(0.1, within(1e-12));
        assertThat(schedule.share(1, 50)).isCloseTo(0.4 * 3 / 4, within(1e-12));
        assertThat(schedule.share(1, 25)).isCloseTo((0.1 + 0.3) / 2, within(1e-12));
        assertThat(schedule.share(2, 200)).isCloseTo(0.6 / 4, within(1e-12));
    }

    @Test
    void stepsHoldUpToTheNextPoint() {
        MixtureSchedule schedule = new SchedulePlan(
                        curve(true, 0, 0.2, 60, 0.6),
                        List.of(source(false, Curve.constant(1), FREE), source(true, Curve.constant(1), FREE)),
                        0,
                        100)
                .schedule();
        assertThat(schedule.share(1, 59.9)).isEqualTo(0.2);
        assertThat(schedule.share(1, 60)).isEqualTo(0.6);
        assertThat(schedule.integral(1, 100)).isCloseTo(12 + 24, within(1e-9));
    }

    @Test
    void aSourceThatHasGivenAllLeavesItsShareToItsKind() {
        MixtureSchedule schedule = new SchedulePlan(
                        Curve.constant(0.5),
                        List.of(
                                source(false, Curve.constant(1), FREE),
                                source(true, Curve.constant(1), 10),
                                source(true, Curve.constant(3), FREE)),
                        0,
                        1000)
                .schedule();
        // An eighth of the samples: used up at sample 80.
        assertThat(schedule.integral(1, 80)).isCloseTo(10, within(1e-9));
        assertThat(schedule.integral(1, 1000)).isCloseTo(10, within(1e-9));
        assertThat(schedule.share(2, 79)).isCloseTo(0.375, within(1e-12));
        assertThat(schedule.share(2, 81)).isCloseTo(0.5, within(1e-12));
        assertThat(schedule.share(0, 81)).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void aKindWithoutSourcesLeftIsTold() {
        SchedulePlan plan = new SchedulePlan(
                Curve.constant(0.5),
                List.of(source(false, Curve.constant(1), FREE), source(true, Curve.constant(1), 10)),
                0,
                1000);
        assertThatThrownBy(plan::schedule).isInstanceOfSatisfying(SourcesExhaustedException.class, e -> {
            assertThat(e.secondKind()).isTrue();
            assertThat(e.sample()).isCloseTo(20, within(1e-6));
        });
        // A run that ends before does not come to that.
        assertThat(new SchedulePlan(
                                Curve.constant(0.5),
                                List.of(source(false, Curve.constant(1), FREE), source(true, Curve.constant(1), 10)),
                                0,
                                20)
                        .schedule()
                        .integral(1, 20))
                .isCloseTo(10, within(1e-9));
    }

    @Test
    void aKindWithoutWeightIsRefused() {
        SchedulePlan plan = new SchedulePlan(
                Curve.constant(0.5),
                List.of(source(false, Curve.constant(1), FREE), source(true, linear(0, 1, 50, 0), FREE)),
                0,
                1000);
        assertThatThrownBy(plan::schedule)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at sample 50");
    }

    /** Whatever is written, and wherever the plan begins: shares add up, limits hold, whole samples stay within one of the integral. */
    @Test
    void realisedCountsFollowAnyPlanWithinOneSample() {
        int limited = 0;
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            double end = BLOCK * 40.0;
            double first = random.nextBoolean() ? 0 : random.nextInt(1000);
            List<SchedulePlan.Source> sources = sources(random, end);
            MixtureSchedule schedule;
            try {
                schedule = new SchedulePlan(randomCurve(random, end, 0, 1), sources, first, first + end).schedule();
            } catch (SourcesExhaustedException e) {
                limited++;
                continue;
            }
            assertCountsFollow(schedule, sources, seed);
        }
        assertThat(limited).isLessThan(150);
    }

    private static void assertCountsFollow(MixtureSchedule schedule, List<SchedulePlan.Source> sources, long seed) {
        Apportionment apportionment = new Apportionment(schedule, BLOCK);
        for (int b = 0; b < 40; b++) {
            Apportionment.Block block = apportionment.block(b);
            double at = schedule.first() + (b + 1.0) * BLOCK;
            long total = 0;
            for (int d = 0; d < sources.size(); d++) {
                assertThat(block.count(d))
                        .as("seed %d block %d source %d", seed, b, d)
                        .isNotNegative();
                assertThat(block.after()[d] - schedule.integral(d, at))
                        .as("seed %d block %d source %d", seed, b, d)
                        .isBetween(-1 - 1e-5, 1 + 1e-5);
                assertThat((double) block.after()[d])
                        .as("seed %d block %d source %d", seed, b, d)
                        .isLessThanOrEqualTo(sources.get(d).capacity());
                total += block.after()[d];
            }
            assertThat(total).as("seed %d block %d", seed, b).isEqualTo((b + 1L) * BLOCK);
        }
    }

    private static List<SchedulePlan.Source> sources(Random random, double end) {
        List<SchedulePlan.Source> sources = new ArrayList<>();
        int count = 2 + random.nextInt(8);
        for (int d = 0; d < count; d++) {
            boolean second = d == 0 || d > 1 && random.nextBoolean();
            double capacity = d > 1 && random.nextInt(3) == 0 ? random.nextInt((int) end / 4) : FREE;
            double scale = Math.pow(10, -4 * random.nextDouble());
            sources.add(source(second, randomCurve(random, end, 0.01 * scale, scale), capacity));
        }
        return sources;
    }

    private static Curve randomCurve(Random random, double end, double least, double most) {
        int points = 1 + random.nextInt(4);
        double[] at = new double[points];
        double[] value = new double[points];
        for (int p = 0; p < points; p++) {
            at[p] = p == 0 ? 0 : at[p - 1] + 1 + random.nextDouble() * end / points;
            value[p] = Math.clamp(least + (random.nextDouble() * 1.4 - 0.2) * (most - least), least, most);
        }
        return new Curve(at, value, random.nextBoolean());
    }
}
