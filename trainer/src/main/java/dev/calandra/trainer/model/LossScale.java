package dev.calandra.trainer.model;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * What the passes of one step have in common: how many targets each head has in all, so that the gradients of several
 * passes add up to the gradient of the step's mean loss.
 *
 * @param targets per head, the main head first
 */
public record LossScale(List<Long> targets) {

    public LossScale {
        targets = List.copyOf(targets);
    }

    /** Of all passes of a step; at least one. */
    public static LossScale of(Collection<TokenBatch> passes) {
        int heads = passes.iterator().next().targets().length;
        return new LossScale(IntStream.range(0, heads)
                .mapToObj(head -> passes.stream()
                        .mapToLong(pass -> pass.validTargets(head))
                        .sum())
                .toList());
    }

    /** With the counts of all ranks: those of this one in, in the order of the heads, their sums out. */
    public LossScale over(UnaryOperator<long[]> sum) {
        long[] all = sum.apply(targets.stream().mapToLong(Long::longValue).toArray());
        return new LossScale(Arrays.stream(all).boxed().toList());
    }

    /** Factor of each token's loss in the gradients of the main head. */
    float main() {
        return inverse(0, 1);
    }

    /**
     * Factor of each token's loss in the gradients of an MTP head.
     *
     * @param depth from 1
     * @param weight weight of this head's mean loss in the objective
     */
    float mtp(int depth, double weight) {
        return inverse(depth, weight);
    }

    private float inverse(int head, double weight) {
        long count = targets.get(head);
        return count == 0 ? 0 : (float) (weight / count);
    }
}
