package dev.calandra.trainer.run;

import dev.calandra.trainer.metrics.SpikeDetector;
import dev.calandra.trainer.metrics.StepOutcome;
import java.util.ArrayList;
import java.util.List;

/**
 * How far a run is, which batch comes next, and whether a step's gradients may be used.
 *
 * <p>Gradients that are not finite are never used. A spike of loss or gradient norm is skipped and its batch tried again
 * {@value #RETRY_AFTER} steps later, in place of a fresh one (Ling 1, arXiv 2503.05139: skip the update, bring the samples
 * back later); a batch that spikes again is used then, since clipping bounds what it can do. After {@value #SPIKES_IN_A_ROW}
 * spikes in a row the new level is taken for what it is, a change of the data: the windows start anew.
 *
 * <p>All of it is a function of {@link TrainingState}: a run resumed from it decides as the uninterrupted one would.
 */
public final class Progress {

    /** Steps between the spike and the second try. */
    static final int RETRY_AFTER = 32;

    /** Spikes in a row that are skipped before their level is believed. */
    static final int SPIKES_IN_A_ROW = 3;

    private final int batchSize;
    private final SpikeDetector losses = new SpikeDetector(SpikeDetector.Rule.LOSS);
    private final SpikeDetector norms = new SpikeDetector(SpikeDetector.Rule.GRADIENT_NORM);
    private final List<DeferredBatch> deferred;
    private long step;
    private long optimizerSteps;
    private long nextSample;
    private long skipped;
    private int nonFiniteInARow;
    private int spikesInARow;

    /**
     * The batch of a step.
     *
     * @param firstSample index of its first sample in the stream
     * @param retried whether it was skipped before
     */
    public record Batch(long firstSample, boolean retried) {}

    /** @param batchSize samples per step */
    public Progress(TrainingState state, int batchSize) {
        this.batchSize = batchSize;
        this.step = state.step();
        this.optimizerSteps = state.optimizerSteps();
        this.nextSample = state.nextSample();
        this.skipped = state.skipped();
        this.nonFiniteInARow = state.nonFiniteInARow();
        this.spikesInARow = state.spikesInARow();
        this.deferred = new ArrayList<>(state.deferred());
        losses.restore(state.losses());
        norms.restore(state.norms());
    }

    /** Steps done. */
    public long step() {
        return step;
    }

    /** Steps in which the weights moved. */
    public long optimizerSteps() {
        return optimizerSteps;
    }

    /** Steps in which they did not. */
    public long skipped() {
        return skipped;
    }

    /** How many of the latest steps were not finite. */
    public int nonFiniteInARow() {
        return nonFiniteInARow;
    }

    /** The batch of the next step: the first deferred one that is due, else the next fresh one. */
    public Batch nextBatch() {
        return deferred.stream()
                .filter(d -> d.dueStep() <= step)
                .findFirst()
                .map(d -> new Batch(d.firstSample(), true))
                .orElseGet(() -> new Batch(nextSample, false));
    }

    /** Whether gradients of a step with this loss and norm may be used; changes nothing. */
    public StepOutcome judge(Batch batch, double loss, double gradientNorm) {
        if (!Double.isFinite(loss) || !Double.isFinite(gradientNorm)) {
            return StepOutcome.SKIPPED_NON_FINITE;
        }
        boolean spike = losses.isSpike(loss) || norms.isSpike(gradientNorm);
        return spike && !batch.retried() && spikesInARow < SPIKES_IN_A_ROW
                ? StepOutcome.SKIPPED_SPIKE
                : StepOutcome.APPLIED;
    }

    /** Closes the step: counts it, moves on in the data, remembers what it showed. */
    public void complete(Batch batch, double loss, double gradientNorm, StepOutcome outcome) {
        if (batch.retried()) {
            deferred.remove(deferred.stream()
                    .filter(d -> d.firstSample() == batch.firstSample())
                    .findFirst()
                    .orElseThrow());
        } else {
            nextSample += batchSize;
        }
        if (outcome == StepOutcome.APPLIED && spikesInARow == SPIKES_IN_A_ROW && !batch.retried()) {
            losses.clear();
            norms.clear();
        }
        if (outcome != StepOutcome.SKIPPED_NON_FINITE) {
            losses.observe(loss);
            norms.observe(gradientNorm);
        }
        switch (outcome) {
            case APPLIED -> {
                optimizerSteps++;
                nonFiniteInARow = 0;
                spikesInARow = 0;
            }
            case SKIPPED_NON_FINITE -> {
                skipped++;
                nonFiniteInARow++;
            }
            case SKIPPED_SPIKE -> {
                skipped++;
                nonFiniteInARow = 0;
                spikesInARow++;
                deferred.add(new DeferredBatch(batch.firstSample(), step + RETRY_AFTER));
            }
        }
        step++;
    }

    /** All of it, for a checkpoint. */
    public TrainingState state() {
        return new TrainingState(
                step,
                optimizerSteps,
                nextSample,
                skipped,
                nonFiniteInARow,
                spikesInARow,
                deferred,
                losses.window(),
                norms.window());
    }
}
