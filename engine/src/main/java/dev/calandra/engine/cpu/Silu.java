package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;

/** The gate's function on vectors, inlined into {@link SwiGluLoops}. */
final class Silu {

    private Silu() {}

    /** 1 / (1 + e^-x). */
    static FloatVector sigmoid(FloatVector x) {
        return FloatVector.broadcast(Lanes.F, 1f).div(Lanes.exp(x.neg()).add(1f));
    }

    /** Derivative of x·sigmoid(x) from the sigmoid and the product. */
    static FloatVector slope(FloatVector sigmoid, FloatVector silu) {
        return sigmoid.add(silu.sub(silu.mul(sigmoid)));
    }
}
