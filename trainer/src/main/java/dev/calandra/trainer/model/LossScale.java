package dev.calandra.trainer.model;

import dev.calandra.configs.BalanceConfig;
import dev.calandra.engine.tape.RouterLosses;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * What the passes of one step have in common: how many targets each head has in all, and how many sequences and tokens there
 * are, so that the gradients of several passes add up to the gradient of the step's mean loss.
 *
 * @param targets per head, the main head first
 * @param sequences of all passes
 * @param tokens of all passes
 * @param sequenceBalance weight of the routers' mean balance loss
 * @param routerZ weight of the routers' mean z-loss
 */
public record LossScale(List<Long> targets, long sequences, long tokens, double sequenceBalance, double routerZ) {

    public LossScale {
        targets = List.copyOf(targets);
    }

    /** Of all passes of a step; at least one. Routers have no losses of their own. */
    public static LossScale of(Collection<TokenBatch> passes) {
        return of(passes, 0, 0);
    }

    /** Of all passes of a step; at least one. */
    public static LossScale of(Collection<TokenBatch> passes, BalanceConfig balance) {
        return of(passes, balance.sequenceLossWeight(), balance.routerZLossWeight());
    }

    private static LossScale of(Collection<TokenBatch> passes, double sequenceBalance, double routerZ) {
        int heads = passes.iterator().next().targets().length;
        List<Long> targets = IntStream.range(0, heads)
                .mapToObj(head -> passes.stream()
                        .mapToLong(pass -> pass.validTargets(head))
                        .sum())
                .toList();
        long sequences = passes.stream().mapToLong(TokenBatch::batch).sum();
        long tokens = passes.stream().mapToLong(TokenBatch::tokens).sum();
        return new LossScale(targets, sequences, tokens, sequenceBalance, routerZ);
    }

    /** With the counts of all ranks: those of this one in, their sums out. */
    public LossScale over(UnaryOperator<long[]> sum) {
        int heads = targets.size();
        long[] all = Arrays.copyOf(targets.stream().mapToLong(Long::longValue).toArray(), heads + 2);
        all[heads] = sequences;
        all[heads + 1] = tokens;
        all = sum.apply(all);
        List<Long> allTargets = Arrays.stream(all, 0, heads).boxed().toList();
        return new LossScale(allTargets, all[heads], all[heads + 1], sequenceBalance, routerZ);
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

    /** Factors of the routers' losses in the gradients of a pass of so many sequences. */
    RouterLosses.Scales routers(int passSequences) {
        return new RouterLosses.Scales(
                passSequences, (float) (sequenceBalance / sequences), (float) (routerZ / tokens));
    }

    private float inverse(int head, double weight) {
        long count = targets.get(head);
        return count == 0 ? 0 : (float) (weight / count);
    }
}
