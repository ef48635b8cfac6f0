package dev.calandra.engine.cpu;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import java.util.function.LongBinaryOperator;

/** Operations on each element by itself, and sums over all of them. */
final class Elementwise {

    /** Elements of a task, and of one partial sum: sums have this structure on any number of threads. */
    private static final int CHUNK = 1 << 14;

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
                        RowLoops.add(a.address() + 4 * from, b.address() + 4 * from, out.address() + 4 * from, count));
    }

    void scale(Tensor x, float factor) {
        x.require(DType.F32);
        chunks(
                x.size(),
                (from, count) -> RowLoops.scale(x.address() + 4 * from, factor, x.address() + 4 * from, count));
    }

    void fill(Tensor x, float value) {
        x.require(DType.F32);
        chunks(x.size(), (from, count) -> RowLoops.fill(x.address() + 4 * from, value, count));
    }

    void sum(Tensor x, Tensor out) {
        reduce(x, out, SumLoops::sum);
    }

    void sumOfSquares(Tensor x, Tensor out) {
        reduce(x, out, SumLoops::sumOfSquares);
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
                (from, count) -> AdamWLoops.step(
                        parameter.address() + 4 * from,
                        gradient.address() + 4 * from,
                        first.address() + 4 * from,
                        second.address() + 4 * from,
                        count,
                        factors));
    }

    private static void requireSameSize(Tensor a, Tensor b) {
        a.require(DType.F32);
        b.require(DType.F32);
        if (a.size() != b.size()) {
            throw new IllegalArgumentException("sizes differ: " + a + " and " + b);
        }
    }
}
