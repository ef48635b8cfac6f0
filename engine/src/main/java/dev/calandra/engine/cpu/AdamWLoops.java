package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** AdamW on a range of elements; compiled by itself, see {@link SoftMaxLoops}. */
final class AdamWLoops {

    private AdamWLoops() {}

    /** Moves parameters p and moments m, v by gradients g. */
    static void step(long p, long g, long m, long v, int count, AdamWFactors f) {
        for (int i = 0; i < count; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, count);
            FloatVector gradient = Lanes.load(g + 4L * i, mask).mul(f.gradientScale());
            FloatVector moment = Lanes.load(m + 4L * i, mask);
            moment = moment.add(gradient.sub(moment).mul(f.firstWeight()));
            FloatVector square = Lanes.load(v + 4L * i, mask);
            square = square.mul(f.beta2()).add(gradient.mul(f.secondWeight()).mul(gradient));
            FloatVector denominator = square.lanewise(VectorOperators.SQRT)
                    .div(f.rootCorrection())
                    .add(f.epsilon());
            FloatVector value = Lanes.load(p + 4L * i, mask).mul(f.decay());
            value = value.sub(moment.mul(f.stepSize()).div(denominator));
            Lanes.store(moment, m + 4L * i, mask);
            Lanes.store(square, v + 4L * i, mask);
            Lanes.store(value, p + 4L * i, mask);
        }
    }
}
