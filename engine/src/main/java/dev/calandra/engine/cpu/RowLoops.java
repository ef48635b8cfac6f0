package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Rows that are added, scaled and filled; compiled each by itself, see {@link SoftMaxLoops}. */
final class RowLoops {

    private RowLoops() {}

    /** out[0..count) = a + b. */
    static void add(long a, long b, long out, int count) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            Lanes.store(Lanes.load(a + 4L * i).add(Lanes.load(b + 4L * i)), out + 4L * i);
        }
        for (; i < count; i++) {
            Lanes.set(out + 4L * i, Lanes.get(a + 4L * i) + Lanes.get(b + 4L * i));
        }
    }

    /** out[0..count) = x·factor; x may be out. */
    static void scale(long x, float factor, long out, int count) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            Lanes.store(Lanes.load(x + 4L * i).mul(factor), out + 4L * i);
        }
        for (; i < count; i++) {
            Lanes.set(out + 4L * i, Lanes.get(x + 4L * i) * factor);
        }
    }

    /** out[0..count) += x·factor, the product rounded before it is added. */
    static void addScaled(long x, float factor, long out, int count) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            Lanes.store(Lanes.load(x + 4L * i).mul(factor).add(Lanes.load(out + 4L * i)), out + 4L * i);
        }
        if (i < count) {
            VectorMask<Float> mask = Lanes.below(i, count);
            FloatVector product = Lanes.load(x + 4L * i, mask).mul(factor);
            Lanes.store(product.add(Lanes.load(out + 4L * i, mask)), out + 4L * i, mask);
        }
    }

    /** out[0..count) = value. */
    static void fill(long out, float value, int count) {
        FloatVector v = FloatVector.broadcast(Lanes.F, value);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            Lanes.store(v, out + 4L * i);
        }
        for (; i < count; i++) {
            Lanes.set(out + 4L * i, value);
        }
    }

    /** Sum of a·b over count elements. */
    static float dot(long a, long b, int count) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            sum = Lanes.load(a + 4L * i).fma(Lanes.load(b + 4L * i), sum);
        }
        float total = Lanes.sum(sum);
        for (; i < count; i++) {
            total += Lanes.get(a + 4L * i) * Lanes.get(b + 4L * i);
        }
        return total;
    }
}
