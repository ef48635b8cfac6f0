package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Pieces of a numerically safe softmax, a row at a time. As in every class here that is named so, each method is compiled by
 * itself (the JVM's flags see to it): a loop that is inlined into a large caller may find the JIT's budget spent, and then
 * its vectors become objects.
 */
final class SoftMaxLoops {

    private static final float LOWEST = Float.NEGATIVE_INFINITY;

    private SoftMaxLoops() {}

    /** Largest of x[from..to), NaN passed over. The order does not matter to a maximum. */
    static float maximum(long x, int from, int to) {
        FloatVector max = FloatVector.broadcast(Lanes.F, LOWEST);
        int i = from;
        for (; i <= to - Lanes.N; i += Lanes.N) {
            max = Lanes.larger(max, Lanes.load(x + 4L * i));
        }
        float largest = max.reduceLanes(VectorOperators.MAX);
        for (; i < to; i++) {
            float value = Lanes.get(x + 4L * i);
            largest = value > largest ? value : largest;
        }
        return largest;
    }

    /** row[from..to) = e^(scale·row - max), a multiple of a vector; returns the sum. */
    static float exponentials(long row, int from, int to, float scale, float max) {
        FloatVector factor = FloatVector.broadcast(Lanes.F, scale);
        FloatVector shift = FloatVector.broadcast(Lanes.F, -max);
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int i = from; i < to; i += Lanes.N) {
            FloatVector e = Lanes.exp(Lanes.load(row + 4L * i).fma(factor, shift));
            sum = sum.add(e);
            Lanes.store(e, row + 4L * i);
        }
        return Lanes.sum(sum);
    }

    /** As {@link #exponentials}, for fewer numbers than a vector has. */
    static float lastExponentials(long row, int count, float scale, float max) {
        VectorMask<Float> mask = Lanes.below(0, count);
        FloatVector shift = FloatVector.broadcast(Lanes.F, -max);
        FloatVector e = Lanes.exp(Lanes.load(row, mask).fma(FloatVector.broadcast(Lanes.F, scale), shift));
        Lanes.store(e, row, mask);
        return Lanes.sum(FloatVector.zero(Lanes.F).blend(e, mask));
    }

    /**
     * Scores become probabilities p = e^(scale·score - logSumExp), and gradients dp of probabilities become those of the
     * scores, scale·p·(dp - delta), from from to to, a multiple of a vector.
     */
    static void backward(long scores, long dp, int from, int to, float scale, float logSumExp, float delta) {
        FloatVector factor = FloatVector.broadcast(Lanes.F, scale);
        FloatVector shift = FloatVector.broadcast(Lanes.F, -logSumExp);
        for (int i = from; i < to; i += Lanes.N) {
            FloatVector p = Lanes.exp(Lanes.load(scores + 4L * i).fma(factor, shift));
            FloatVector difference = Lanes.load(dp + 4L * i).sub(delta);
            Lanes.store(p, scores + 4L * i);
            Lanes.store(p.mul(difference).mul(scale), dp + 4L * i);
        }
    }

    /** As {@link #backward}, for fewer numbers than a vector has. */
    static void lastBackward(long scores, long dp, int count, float scale, float logSumExp, float delta) {
        VectorMask<Float> mask = Lanes.below(0, count);
        FloatVector shift = FloatVector.broadcast(Lanes.F, -logSumExp);
        FloatVector p = Lanes.exp(Lanes.load(scores, mask).fma(FloatVector.broadcast(Lanes.F, scale), shift));
        FloatVector difference = Lanes.load(dp, mask).sub(delta);
        Lanes.store(p, scores, mask);
        Lanes.store(p.mul(difference).mul(scale), dp, mask);
    }

    /** row[from..to) = 0. */
    static void zero(long row, int from, int to) {
        int i = from;
        for (; i <= to - Lanes.N; i += Lanes.N) {
            Lanes.store(FloatVector.zero(Lanes.F), row + 4L * i);
        }
        for (; i < to; i++) {
            Lanes.set(row + 4L * i, 0f);
        }
    }
}
