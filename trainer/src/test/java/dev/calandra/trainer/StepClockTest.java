package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StepClockTest {

    private final AtomicLong now = new AtomicLong(-1_000_000_000);
    private final StepClock clock = new StepClock(now::get);

    private double step(double seconds) {
        clock.start();
        now.addAndGet((long) (seconds * 1e9));
        return clock.stop();
    }

    @Test
    void forgetsTheFirstStepAndFavoursTheLatest() {
        assertThat(step(30)).isEqualTo(30, within(1e-9));
        assertThat(clock.remaining(10)).isEqualTo(300, within(1e-6));
        step(2);
        assertThat(clock.remaining(10)).isEqualTo(20, within(1e-6));
        step(3);
        assertThat(clock.remaining(10)).isEqualTo(22, within(1e-6));
        assertThat(clock.remaining(0)).isZero();
    }

    @Test
    void theMedianIsOfTheLatestSteps() {
        assertThat(clock.median()).isZero();
        step(30);
        step(1);
        step(2);
        assertThat(clock.median()).isEqualTo(2, within(1e-9));
        for (int i = 0; i < 2000; i++) {
            step(5);
        }
        assertThat(clock.median()).isEqualTo(5, within(1e-9));
    }
}
