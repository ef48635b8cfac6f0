package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.collective.Collective;
import dev.calandra.engine.collective.CollectiveCall;
import dev.calandra.engine.collective.Purpose;
import java.util.List;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.assertj.core.util.DoubleComparator;
import org.junit.jupiter.api.Test;

class CollectiveFiguresTest {

    private static final long COMPUTING = 1;
    private static final long BACKGROUND = 2;

    private static CollectiveCall call(Purpose purpose, Collective collective, long thread, long start, long end) {
        return new CollectiveCall(purpose, collective, thread, 1000, start, end - start);
    }

    @Test
    void whatTheComputationWaitedForIsNotHidden() {
        // The first sum is over when the wait begins at 60, the second goes on for 20 of its 40.
        List<CollectiveFigures> lines = CollectiveFigures.of(
                List.of(
                        call(Purpose.GRADIENTS, Collective.REDUCE_SCATTER, BACKGROUND, 0, 40),
                        call(Purpose.GRADIENTS, Collective.REDUCE_SCATTER, BACKGROUND, 40, 80),
                        call(Purpose.GRADIENTS, Collective.AWAIT, COMPUTING, 60, 90),
                        call(Purpose.WEIGHTS, Collective.ALL_GATHER, COMPUTING, 90, 190)),
                COMPUTING,
                2);

        assertThat(lines)
                .usingRecursiveFieldByFieldElementComparator(RecursiveComparisonConfiguration.builder()
                        .withComparatorForType(new DoubleComparator(1e-15), Double.class)
                        .build())
                .containsExactly(
                        new CollectiveFigures(Purpose.WEIGHTS, Collective.ALL_GATHER, false, 0.5, 500, 50e-9, 0),
                        new CollectiveFigures(Purpose.GRADIENTS, Collective.REDUCE_SCATTER, true, 1, 1000, 40e-9, 0.75),
                        new CollectiveFigures(Purpose.GRADIENTS, Collective.AWAIT, false, 0.5, 500, 15e-9, 0));
    }
}
