package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** AdamW on a range of elements; compiled by itself, see {@link SoftMaxLoops}. */
final class AdamWLoops {

    private AdamWLoops() {}

    /** Moves parameters p and moments m, v by gradients g. */
    static void step(long p, long g, long m, long v, int count, AdamWFactors f) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector gradient = Lanes.load(g + 4L * i).mul(f.gradientScale());
            FloatVector moment = f.moment(Lanes.load(m + 4L * i), gradient);
            FloatVector square = f.square(Lanes.load(v + 4L * i), gradient);
            FloatVector value = f.value(Lanes.load(p + 4L * i), moment, square);
            Lanes.store(moment, m + 4L * i);
            Lanes.store(square, v + 4L * i);
            Lanes.store(value, p + 4L * i);
        }
        if (i < count) {
            VectorMask<Float> mask = Lanes.below(i, count);
            FloatVector gradient = Lanes.load(g + 4L * i, mask).mul(f.gradientScale());
            FloatVector moment = f.moment(Lanes.load(m + 4L * i, mask), gradient);
            FloatVector square = f.square(Lanes.load(v + 4L * i, mask), gradient);
            FloatVector value = f.value(Lanes.load(p + 4L * i, mask), moment, square);
            Lanes.store(moment, m + 4L * i, mask);
            Lanes.store(square, v + 4L * i, mask);
            Lanes.store(value, p + 4L * i, mask);
        }
    }
}
