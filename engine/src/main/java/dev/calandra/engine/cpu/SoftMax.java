package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Pieces of a numerically safe softmax. */
final class SoftMax {

    private SoftMax() {}

    /** Largest of x[from..to). The order does not matter to a maximum. */
    static float maximum(long x, int from, int to) {
        FloatVector max = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
        int i = from;
        for (; i <= to - Lanes.N; i += Lanes.N) {
            max = max.max(Lanes.load(x + 4L * i));
        }
        if (i < to) {
            VectorMask<Float> mask = Lanes.below(i, to);
            max = max.max(
                    FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY).blend(Lanes.load(x + 4L * i, mask), mask));
        }
        return max.reduceLanes(VectorOperators.MAX);
    }
}
