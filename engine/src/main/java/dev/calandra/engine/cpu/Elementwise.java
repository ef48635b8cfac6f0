package dev.calandra.engine.cpu;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import java.util.function.LongBinaryOperator;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Operations on each element by itself, and sums over all of them. */
final class Elementwise {

    /** Elements of a task, and of one partial sum: sums have this structure on any number of threads. */
    private static final int CHUNK = 1 << 14;

    private static final VectorSpecies<Double> D = VectorSpecies.of(double.class, Lanes.F.vectorShape());

    private final Workers workers;

    Elementwise(Workers workers) {
        this.workers = workers;
    }

    /** Work on elements from to to. */
    private interface Range {
        void run(long from, int count);
    }

    private void chunks(long size, Range range) {
        int tasks = Math.toIntExact((size + CHUNK - 1) / CHUNK);
        workers.parallel(tasks, (task, worker) -> {
            long from = (long) task * CHUNK;
            range.run(from, (int) Math.min(CHUNK, size - from));
        });
    }

    void add(Tensor a, Tensor b, Tensor out) {
        requireSameSize(a, b);
        requireSameSize(a, out);
        chunks(
                a.size(),
                (from, count) ->
                        addRow(a.address() + 4 * from, b.address() + 4 * from, out.address() + 4 * from, count));
    }

    /** out[0..count) = a + b. */
    static void addRow(long a, long b, long out, int count) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            Lanes.store(Lanes.load(a + 4L * i).add(Lanes.load(b + 4L * i)), out + 4L * i);
        }
        for (; i < count; i++) {
            Lanes.set(out + 4L * i, Lanes.get(a + 4L * i) + Lanes.get(b + 4L * i));
        }
    }

    void scale(Tensor x, float factor) {
        x.require(DType.F32);
        chunks(x.size(), (from, count) -> scaleRow(x.address() + 4 * from, factor, count));
    }

    /** x[0..count) *= factor. */
    static void scaleRow(long x, float factor, int count) {
        scaledCopy(x, factor, x, count);
    }

    /** out[0..count) = x·factor. */
    static void scaledCopy(long x, float factor, long out, int count) {
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            Lanes.store(Lanes.load(x + 4L * i).mul(factor), out + 4L * i);
        }
        for (; i < count; i++) {
            Lanes.set(out + 4L * i, Lanes.get(x + 4L * i) * factor);
        }
    }

    void fill(Tensor x, float value) {
        x.require(DType.F32);
        chunks(x.size(), (from, count) -> {
            long base = x.address() + 4 * from;
            FloatVector v = FloatVector.broadcast(Lanes.F, value);
            int i = 0;
            for (; i <= count - Lanes.N; i += Lanes.N) {
                Lanes.store(v, base + 4L * i);
            }
            for (; i < count; i++) {
                Lanes.set(base + 4L * i, value);
            }
        });
    }

    void sum(Tensor x, Tensor out) {
        reduce(x, out, Elementwise::partialSum);
    }

    void sumOfSquares(Tensor x, Tensor out) {
        reduce(x, out, Elementwise::partialSumOfSquares);
    }

    /** A sum over count elements from an address. */
    private interface Partial {
        double of(long base, int count);
    }

    private void reduce(Tensor x, Tensor out, Partial partial) {
        x.require(DType.F32);
        out.require(DType.F64);
        double[] partials = new double[Math.toIntExact((x.size() + CHUNK - 1) / CHUNK)];
        chunks(x.size(), (from, count) -> partials[(int) (from / CHUNK)] = partial.of(x.address() + 4 * from, count));
        double total = 0;
        for (double part : partials) {
            total += part;
        }
        out.setDouble(0, total);
    }

    /** One loop for each sum: a vector that comes from either of two branches is an object to the JIT. */
    private static double partialSum(long base, int count) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = DoubleVector.zero(D);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector x = Lanes.load(base + 4L * i);
            low = low.add((DoubleVector) x.convertShape(VectorOperators.F2D, D, 0));
            high = high.add((DoubleVector) x.convertShape(VectorOperators.F2D, D, 1));
        }
        double total = total(low.add(high));
        for (; i < count; i++) {
            total += Lanes.get(base + 4L * i);
        }
        return total;
    }

    private static double partialSumOfSquares(long base, int count) {
        DoubleVector low = DoubleVector.zero(D);
        DoubleVector high = DoubleVector.zero(D);
        int i = 0;
        for (; i <= count - Lanes.N; i += Lanes.N) {
            FloatVector x = Lanes.load(base + 4L * i);
            DoubleVector a = (DoubleVector) x.convertShape(VectorOperators.F2D, D, 0);
            DoubleVector b = (DoubleVector) x.convertShape(VectorOperators.F2D, D, 1);
            low = a.fma(a, low);
            high = b.fma(b, high);
        }
        double total = total(low.add(high));
        for (; i < count; i++) {
            double x = Lanes.get(base + 4L * i);
            total += x * x;
        }
        return total;
    }

    private static double total(DoubleVector lanes) {
        double total = 0;
        for (int lane = 0; lane < D.length(); lane++) {
            total += lanes.lane(lane);
        }
        return total;
    }

    void gather(Tensor values, Tensor index, Tensor out) {
        permute(values, index, out, (i, target) -> target, (i, target) -> i);
    }

    void scatter(Tensor values, Tensor index, Tensor out) {
        permute(values, index, out, (i, target) -> i, (i, target) -> target);
    }

    private void permute(Tensor values, Tensor index, Tensor out, LongBinaryOperator source, LongBinaryOperator sink) {
        values.require(DType.F32);
        out.require(DType.F32);
        index.require(DType.I32);
        chunks(index.size(), (from, count) -> {
            for (long i = from; i < from + count; i++) {
                int target = index.getInt(i);
                out.setFloat(sink.applyAsLong(i, target), values.getFloat(source.applyAsLong(i, target)));
            }
        });
    }

    void adamW(Tensor parameter, Tensor gradient, Tensor first, Tensor second, AdamWStep step) {
        requireSameSize(parameter, gradient);
        requireSameSize(parameter, first);
        requireSameSize(parameter, second);
        AdamWFactors factors = AdamWFactors.of(step);
        chunks(
                parameter.size(),
                (from, count) -> adamW(
                        parameter.address() + 4 * from,
                        gradient.address() + 4 * from,
                        first.address() + 4 * from,
                        second.address() + 4 * from,
                        count,
                        factors));
    }

    private static void adamW(long p, long g, long m, long v, int count, AdamWFactors f) {
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

    /** The constants of a step, computed in double and rounded once, as PyTorch's fused AdamW does. */
    private record AdamWFactors(
            float gradientScale,
            float firstWeight,
            float beta2,
            float secondWeight,
            float rootCorrection,
            float epsilon,
            float decay,
            float stepSize) {

        static AdamWFactors of(AdamWStep step) {
            double firstCorrection = 1 - Math.pow(step.beta1(), step.step());
            double secondCorrection = 1 - Math.pow(step.beta2(), step.step());
            return new AdamWFactors(
                    (float) step.gradientScale(),
                    (float) (1 - step.beta1()),
                    (float) step.beta2(),
                    (float) (1 - step.beta2()),
                    (float) Math.sqrt(secondCorrection),
                    (float) step.epsilon(),
                    (float) (1 - step.learningRate() * step.weightDecay()),
                    (float) (step.learningRate() / firstCorrection));
        }
    }

    private static void requireSameSize(Tensor a, Tensor b) {
        a.require(DType.F32);
        b.require(DType.F32);
        if (a.size() != b.size()) {
            throw new IllegalArgumentException("sizes differ: " + a + " and " + b);
        }
    }
}
