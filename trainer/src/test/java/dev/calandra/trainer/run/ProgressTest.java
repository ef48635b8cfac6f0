package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.trainer.metrics.StepOutcome;
import dev.calandra.trainer.run.Progress.Batch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private static final int BATCH = 8;

    private static StepOutcome step(Progress progress, double loss, double norm) {
        Batch batch = progress.nextBatch();
        StepOutcome outcome = progress.judge(batch, loss, norm);
        progress.complete(batch, loss, norm, outcome);
        return outcome;
    }

    private static Progress afterCalmSteps(int steps) {
        Progress progress = new Progress(TrainingState.START, BATCH);
        Random noise = new Random(1);
        for (int i = 0; i < steps; i++) {
            assertThat(step(progress, 3 + 0.05 * noise.nextGaussian(), 1)).isEqualTo(StepOutcome.APPLIED);
        }
        return progress;
    }

    @Test
    void servesFreshBatchesInOrder() {
        Progress progress = new Progress(TrainingState.START, BATCH);
        for (int i = 0; i < 5; i++) {
            assertThat(progress.nextBatch()).isEqualTo(new Batch((long) i * BATCH, false));
            step(progress, 1, 1);
        }
        assertThat(progress.step()).isEqualTo(5);
        assertThat(progress.optimizerSteps()).isEqualTo(5);
    }

    @Test
    void aSpikeIsSkippedAndItsBatchComesBackOnceInPlaceOfAFreshOne() {
        Progress progress = afterCalmSteps(100);
        assertThat(step(progress, 9, 1)).isEqualTo(StepOutcome.SKIPPED_SPIKE);
        for (int i = 1; i < Progress.RETRY_AFTER; i++) {
            assertThat(progress.nextBatch()).isEqualTo(new Batch((100L + i) * BATCH, false));
            step(progress, 3, 1);
        }
        assertThat(progress.nextBatch()).isEqualTo(new Batch(100L * BATCH, true));
        assertThat(step(progress, 9, 1)).as("a second spike of the same batch").isEqualTo(StepOutcome.APPLIED);
        assertThat(progress.nextBatch()).isEqualTo(new Batch((100L + Progress.RETRY_AFTER) * BATCH, false));
        assertThat(progress.skipped()).isEqualTo(1);
        assertThat(progress.step()).isEqualTo(101 + Progress.RETRY_AFTER);
        assertThat(progress.optimizerSteps()).isEqualTo(100 + Progress.RETRY_AFTER);
    }

    @Test
    void aSpikeOfTheGradientNormCountsToo() {
        assertThat(step(afterCalmSteps(100), 3, 5)).isEqualTo(StepOutcome.SKIPPED_SPIKE);
        assertThat(step(afterCalmSteps(100), 3, 3)).isEqualTo(StepOutcome.APPLIED);
    }

    @Test
    void aLevelThatLastsIsBelieved() {
        Progress progress = afterCalmSteps(100);
        for (int i = 0; i < Progress.SPIKES_IN_A_ROW; i++) {
            assertThat(step(progress, 9, 1)).isEqualTo(StepOutcome.SKIPPED_SPIKE);
        }
        assertThat(step(progress, 9, 1)).isEqualTo(StepOutcome.APPLIED);
        for (int i = 0; i < 200; i++) {
            assertThat(step(progress, 9, 1)).isEqualTo(StepOutcome.APPLIED);
        }
        assertThat(progress.skipped()).isEqualTo(Progress.SPIKES_IN_A_ROW);
    }

    @Test
    void whatIsNotFiniteIsSkippedCountedAndKeptOutOfTheWindows() {
        Progress progress = afterCalmSteps(70);
        TrainingState before = progress.state();
        for (double[] bad :
                new double[][] {{Double.NaN, 1}, {3, Double.POSITIVE_INFINITY}, {Double.NEGATIVE_INFINITY, 1}}) {
            assertThat(step(progress, bad[0], bad[1])).isEqualTo(StepOutcome.SKIPPED_NON_FINITE);
        }
        assertThat(progress.nonFiniteInARow()).isEqualTo(3);
        assertThat(progress.optimizerSteps()).isEqualTo(70);
        assertThat(progress.state().deferred()).isEmpty();
        assertThat(progress.state().losses()).isEqualTo(before.losses());
        assertThat(progress.state().norms()).isEqualTo(before.norms());
        step(progress, 3, 1);
        assertThat(progress.nonFiniteInARow()).isZero();
    }

    @Test
    void resumingAtAnyStepChangesNothing() {
        long seed = 99;
        Progress whole = new Progress(TrainingState.START, BATCH);
        Progress interrupted = new Progress(TrainingState.START, BATCH);
        List<StepOutcome> seen = new ArrayList<>();
        Random random = new Random(seed);
        for (int i = 0; i < 600; i++) {
            double loss = random.nextInt(40) == 0
                    ? 20
                    : random.nextInt(60) == 0 ? Double.NaN : 3 + 0.1 * random.nextGaussian();
            double norm = random.nextInt(50) == 0 ? 30 : 1 + 0.1 * random.nextDouble();
            assertThat(interrupted.nextBatch()).as("seed %d, step %d", seed, i).isEqualTo(whole.nextBatch());
            StepOutcome outcome = step(whole, loss, norm);
            assertThat(step(interrupted, loss, norm))
                    .as("seed %d, step %d", seed, i)
                    .isEqualTo(outcome);
            seen.add(outcome);
            interrupted = new Progress(TrainingState.fromMap(interrupted.state().toMap()), BATCH);
            assertThat(interrupted.state()).as("seed %d, step %d", seed, i).isEqualTo(whole.state());
        }
        assertThat(seen).contains(StepOutcome.values());
    }
}
