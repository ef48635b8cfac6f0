package dev.calandra.trainer.evaluation;

import dev.calandra.engine.Tensor;
import dev.calandra.trainer.model.ForwardObserver;

/**
 * Counts choices of experts in forward passes.
 *
 * @param counts [layer with experts][E], added to
 */
record ExpertChoices(long[][] counts) implements ForwardObserver {

    ExpertChoices(int layers, int experts) {
        this(new long[layers][experts]);
    }

    @Override
    public void router(int index, Tensor logitsTE, Tensor expertsTK) {
        for (int expert : expertsTK.toInts()) {
            counts[index][expert]++;
        }
    }

    /** Adds those of a pass. */
    void add(ExpertChoices pass) {
        for (int layer = 0; layer < counts.length; layer++) {
            for (int e = 0; e < counts[layer].length; e++) {
                counts[layer][e] += pass.counts[layer][e];
            }
        }
    }
}
