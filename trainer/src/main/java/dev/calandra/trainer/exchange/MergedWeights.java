package dev.calandra.trainer.exchange;

import dev.calandra.trainer.model.WeightReader;
import java.util.List;

/**
 * The weighted average of several models' numbers: added up in double, oldest first, and rounded to F32 once.
 *
 * <p>Expert biases are averaged like everything else. They are not trained by gradients, but they are added to the scores of routers that are
 * averaged with the same weights, so the average bias is to first order the one that balances the average router; and what each step's sign
 * rule leaves to and fro is averaged out.
 *
 * @param readers of models of one shape, oldest first
 * @param weights one for each
 */
record MergedWeights(List<WeightReader> readers, MergeWeights weights) implements WeightReader {

    MergedWeights {
        readers = List.copyOf(readers);
        if (readers.size() != weights.checkpoints().size()) {
            throw new IllegalArgumentException(
                    readers.size() + " models and " + weights.checkpoints().size() + " weights");
        }
    }

    @Override
    public String location() {
        return readers.getFirst().location() + " to " + readers.getLast().location();
    }

    @Override
    public void read(String name, long first, float[] target, int count) {
        double[] sum = new double[count];
        for (int r = 0; r < readers.size(); r++) {
            double weight = weights.checkpoints().get(r);
            readers.get(r).read(name, first, target, count);
            for (int i = 0; i < count; i++) {
                sum[i] += weight * target[i];
            }
        }
        for (int i = 0; i < count; i++) {
            target[i] = (float) sum[i];
        }
    }
}
