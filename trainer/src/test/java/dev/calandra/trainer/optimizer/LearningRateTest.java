package dev.calandra.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.ScheduleConfig;
import dev.calandra.configs.ScheduleType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearningRateTest {

    private static LearningRate schedule(ScheduleType type, int warmup, int decay, double ratio, int steps) {
        return new LearningRate(0.5, new ScheduleConfig(type, warmup, decay, ratio), steps);
    }

    @ParameterizedTest
    @EnumSource
    void warmsUpLinearlyToThePeak(ScheduleType type) {
        LearningRate rate = schedule(type, 4, type == ScheduleType.WSD ? 2 : 0, 0.1, 10);
        assertThat(rate.at(0)).isEqualTo(0.125);
        assertThat(rate.at(1)).isEqualTo(0.25);
        assertThat(rate.at(2)).isEqualTo(0.375);
        assertThat(rate.at(3)).isEqualTo(0.5);
    }

    @Test
    void constantAndWsmStayAtThePeak() {
        for (ScheduleType type : new ScheduleType[] {ScheduleType.CONSTANT, ScheduleType.WSM}) {
            LearningRate rate = schedule(type, 0, 0, 0.1, 5);
            for (int step = 0; step < 5; step++) {
                assertThat(rate.at(step)).isEqualTo(0.5);
            }
        }
    }

    @Test
    void cosineIsHalfWayInTheMiddleAndAtItsRatioInTheEnd() {
        LearningRate rate = schedule(ScheduleType.COSINE, 2, 0, 0.2, 10);
        assertThat(rate.at(1)).isEqualTo(0.5);
        assertThat(rate.at(5)).isEqualTo(0.5 * (0.2 + 0.8 * (1 + Math.cos(Math.PI * 0.5)) / 2));
        assertThat(rate.at(5)).isCloseTo(0.3, within(1e-15));
        assertThat(rate.at(9)).isEqualTo(0.1);
    }

    @Test
    void wsdDecaysLinearlyOverItsLastSteps() {
        LearningRate rate = schedule(ScheduleType.WSD, 2, 4, 0.0, 10);
        assertThat(rate.at(5)).isEqualTo(0.5);
        assertThat(rate.at(6)).isEqualTo(0.375);
        assertThat(rate.at(7)).isEqualTo(0.25);
        assertThat(rate.at(8)).isEqualTo(0.125);
        assertThat(rate.at(9)).isEqualTo(0.0);
    }

    @Test
    void aRunThatEndsInWarmUpNeverReachesTheOtherBranch() {
        LearningRate rate = schedule(ScheduleType.COSINE, 10, 0, 0.1, 5);
        assertThat(rate.at(4)).isEqualTo(0.25);
    }

    @Test
    void refusesStepsThatTheRunDoesNotHave() {
        LearningRate rate = schedule(ScheduleType.CONSTANT, 0, 0, 0.1, 5);
        assertThatThrownBy(() -> rate.at(5))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("5");
        assertThatThrownBy(() -> rate.at(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
