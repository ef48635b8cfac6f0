package dev.calandra.trainer.model;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;

/**
 * Cosines and sines of rotary positions (Su et al., arXiv 2104.09864): position s turns pair p by s / theta^(p / P), where
 * P pairs of each head are turned. Angles are computed in double: a float angle of a far position is wrong in its third
 * digit. Grows when longer sequences come.
 */
final class RotaryTable implements AutoCloseable {

    private final TensorMemory memory;
    private final int pairs;
    private final double theta;
    private Tensor cosSP;
    private Tensor sinSP;

    RotaryTable(TensorMemory memory, int pairs, double theta) {
        this.memory = memory;
        this.pairs = pairs;
        this.theta = theta;
        build(1);
    }

    /** [positions, P]; borrowed, valid until a longer table is asked for. */
    Tensor cos() {
        return cosSP;
    }

    /** [positions, P]; likewise. */
    Tensor sin() {
        return sinSP;
    }

    /** Makes the table at least so long; twice as long as before, so that tokens generated one by one seldom build it. */
    void cover(int positions) {
        int length = cosSP.dim(0);
        if (positions > length) {
            close();
            build(Math.max(positions, 2 * length));
        }
    }

    private void build(int positions) {
        cosSP = memory.allocate(DType.F32, positions, pairs);
        sinSP = memory.allocate(DType.F32, positions, pairs);
        for (int s = 0; s < positions; s++) {
            for (int p = 0; p < pairs; p++) {
                double angle = s / StrictMath.pow(theta, (double) p / pairs);
                cosSP.setFloat((long) s * pairs + p, (float) StrictMath.cos(angle));
                sinSP.setFloat((long) s * pairs + p, (float) StrictMath.sin(angle));
            }
        }
    }

    @Override
    public void close() {
        cosSP.close();
        sinSP.close();
    }
}
