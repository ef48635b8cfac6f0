package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The gate of a SwiGLU and its way back; compiled each by itself, see {@link SoftMaxLoops}. */
final class SwiGluLoops {

    private SwiGluLoops() {}

    /** out[0..count) = 1 / (1 + e^-x). */
    static void sigmoid(long x, long out, int count) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            Lanes.store(Silu.sigmoid(Lanes.load(x + 4L * i)), out + 4L * i);
        }
        if (i < count) {
            VectorMask<Float> mask = Lanes.below(i, count);
            Lanes.store(Silu.sigmoid(Lanes.load(x + 4L * i, mask)), out + 4L * i, mask);
        }
    }

    /** out = gate·out·up, where out holds the gate's sigmoids. */
    static void multiply(long gate, long up, long out, int width) {
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            FloatVector silu = Lanes.load(gate + 4L * i).mul(Lanes.load(out + 4L * i));
            Lanes.store(silu.mul(Lanes.load(up + 4L * i)), out + 4L * i);
        }
        if (i < width) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector silu = Lanes.load(gate + 4L * i, mask).mul(Lanes.load(out + 4L * i, mask));
            Lanes.store(silu.mul(Lanes.load(up + 4L * i, mask)), out + 4L * i, mask);
        }
    }

    /** Gradients of gate and up, times factor; returns da·a. dGate holds the gate's sigmoids and is overwritten. */
    static float backward(long da, long gate, long up, long dGate, long dUp, int width, float factor) {
        FloatVector dot = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            FloatVector u = Lanes.load(up + 4L * i);
            FloatVector d = Lanes.load(da + 4L * i);
            FloatVector sigmoid = Lanes.load(dGate + 4L * i);
            FloatVector silu = Lanes.load(gate + 4L * i).mul(sigmoid);
            dot = d.mul(silu).fma(u, dot);
            FloatVector scaled = d.mul(factor);
            Lanes.store(scaled.mul(u).mul(Silu.slope(sigmoid, silu)), dGate + 4L * i);
            Lanes.store(scaled.mul(silu), dUp + 4L * i);
        }
        if (i < width) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector u = Lanes.load(up + 4L * i, mask);
            FloatVector d = Lanes.load(da + 4L * i, mask);
            FloatVector sigmoid = Lanes.load(dGate + 4L * i, mask);
            FloatVector silu = Lanes.load(gate + 4L * i, mask).mul(sigmoid);
            dot = d.mul(silu).fma(u, dot);
            FloatVector scaled = d.mul(factor);
            Lanes.store(scaled.mul(u).mul(Silu.slope(sigmoid, silu)), dGate + 4L * i, mask);
            Lanes.store(scaled.mul(silu), dUp + 4L * i, mask);
        }
        return Lanes.sum(dot);
    }
}
