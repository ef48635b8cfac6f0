package dev.calandra.engine.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Sums of floats in double; compiled each by itself, see {@link SoftMaxLoops}. */
final class SumLoops {

    private static final VectorSpecies<Double> D = VectorSpecies.of(double.class, Lanes.F.vectorShape());

    private SumLoops() {}

    static double sum(long x, int count) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = DoubleVector.zero(D);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector v = Lanes.load(x + 4L * i);
            low = low.add((DoubleVector) v.convertShape(VectorOperators.F2D, D, 0));
            high = high.add((DoubleVector) v.convertShape(VectorOperators.F2D, D, 1));
        }
        DoubleVector both = low.add(high);
        double total = 0;
        for (int lane = 0; lane < D.length(); lane++) {
            total += both.lane(lane);
        }
        for (; i < count; i++) {
            total += Lanes.get(x + 4L * i);
        }
        return total;
    }

    static double sumOfSquares(long x, int count) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = DoubleVector.zero(D);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector v = Lanes.load(x + 4L * i);
            DoubleVector a = (DoubleVector) v.convertShape(VectorOperators.F2D, D, 0);
            DoubleVector b = (DoubleVector) v.convertShape(VectorOperators.F2D, D, 1);
            low = a.fma(a, low);
            high = b.fma(b, high);
        }
        DoubleVector both = low.add(high);
        double total = 0;
        for (int lane = 0; lane < D.length(); lane++) {
            total += both.lane(lane);
        }
        for (; i < count; i++) {
            double value = Lanes.get(x + 4L * i);
            total += value * value;
        }
        return total;
    }
}
