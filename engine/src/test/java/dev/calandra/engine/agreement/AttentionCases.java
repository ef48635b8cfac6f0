package dev.calandra.engine.agreement;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.support.TestTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Norms, rotation, heads and attention. */
final class AttentionCases {

    private static final float EPS = 1e-6f;
    private static final int[][] NORM_SHAPES = {{1, 1}, {1, 128}, {7, 127}, {129, 129}, {300, 64}, {3, 1000}};

    private AttentionCases() {}

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (int[] shape : NORM_SHAPES) {
            cases.add(norm(shape[0], shape[1]));
        }
        for (int headSize : new int[] {16, 32, 64, 128}) {
            for (int sequence : new int[] {1, 7, 128, 129}) {
                int heads = sequence > 100 ? 2 : 4;
                AttentionShape shape = AttentionShape.training(2, sequence, heads, heads / 2, headSize);
                cases.add(heads(shape, headSize / 4));
                cases.add(attention(shape, true));
                cases.add(attention(shape, false));
            }
            cases.add(cache(new AttentionShape(2, 1, 37, 64, 4, 2, headSize)));
            cases.add(cache(new AttentionShape(1, 5, 12, 16, 2, 2, headSize)));
            cases.add(cache(new AttentionShape(3, 129, 130, 130, 2, 1, headSize)));
        }
        cases.add(heads(AttentionShape.training(1, 9, 6, 1, 64), 0));
        cases.add(heads(AttentionShape.training(3, 5, 2, 2, 64), 32));
        cases.add(attention(AttentionShape.training(1, 200, 6, 1, 20), true));
        return cases.stream();
    }

    private static KernelCase norm(int rows, int columns) {
        return new KernelCase("rmsNorm %d x %d".formatted(rows, columns), (kernels, tensors, out) -> {
            Tensor x = tensors.normal(rows, columns);
            Tensor w = tensors.normal(columns);
            Tensor y = tensors.output(rows, columns);
            Tensor rstd = tensors.output(rows);
            kernels.rmsNorm(x, w, EPS, y, rstd);
            out.close("y", y, Outputs.ELEMENT);
            out.close("rstd", rstd, Outputs.ELEMENT);
            Tensor dy = tensors.normal(rows, columns);
            Tensor dx = tensors.output(rows, columns);
            Tensor sum = tensors.normal(rows, columns);
            Tensor dw = tensors.normal(columns);
            kernels.rmsNormBackward(dy, x, w, rstd, dx, false, dw);
            kernels.rmsNormBackward(dy, x, w, rstd, sum, true, dw);
            // With one column the gradient is a difference of equals, eps apart: measured with the sum, not by itself.
            if (columns > 1) {
                out.close("dx", dx, Outputs.SUM);
            }
            out.close("sum", sum, Outputs.SUM);
            out.close("dw", dw, Outputs.SUM);
        });
    }

    private static KernelCase heads(AttentionShape shape, int half) {
        return new KernelCase("qkNormRope %s, P %d".formatted(shape, half), (kernels, tensors, out) -> {
            HeadInputs in = new HeadInputs(tensors, shape, half);
            Tensor q = tensors.output(shape.batch(), shape.heads(), shape.queries(), shape.headSize());
            Tensor k = tensors.output(shape.batch(), shape.keyValueHeads(), shape.capacity(), shape.headSize());
            Tensor v = tensors.output(shape.batch(), shape.keyValueHeads(), shape.capacity(), shape.headSize());
            kernels.qkNormRope(in.qkv, in.qNorm, in.kNorm, EPS, in.cos, in.sin, in.position, shape, q, k, v);
            out.close("q", q, Outputs.ELEMENT);
            out.close("k", k, Outputs.ELEMENT);
            out.exact("v", v);
            Tensor dqkv = tensors.output(shape.tokens(), shape.qkvWidth());
            Tensor dqNorm = tensors.normal(shape.headSize());
            Tensor dkNorm = tensors.normal(shape.headSize());
            kernels.qkNormRopeBackward(
                    tensors.normal(q.shape()),
                    tensors.normal(k.shape()),
                    tensors.normal(v.shape()),
                    in.qkv,
                    in.qNorm,
                    in.kNorm,
                    EPS,
                    in.cos,
                    in.sin,
                    in.position,
                    shape,
                    dqkv,
                    dqNorm,
                    dkNorm);
            out.close("dqkv", dqkv, Outputs.SUM);
            out.close("dqNorm", dqNorm, Outputs.SUM);
            out.close("dkNorm", dkNorm, Outputs.SUM);
        });
    }

    /** The inputs of the projection to heads. */
    private static final class HeadInputs {
        private final Tensor qkv;
        private final Tensor qNorm;
        private final Tensor kNorm;
        private final Tensor cos;
        private final Tensor sin;
        private final Tensor position;

        HeadInputs(TestTensors tensors, AttentionShape shape, int half) {
            int positions = shape.keys() + 3;
            qkv = tensors.normal(shape.tokens(), shape.qkvWidth());
            qNorm = tensors.normal(shape.headSize());
            kNorm = tensors.normal(shape.headSize());
            float[] cosines = new float[positions * half];
            float[] sines = new float[positions * half];
            for (int i = 0; i < cosines.length; i++) {
                double angle = tensors.random().nextDouble() * 2 * Math.PI;
                cosines[i] = (float) Math.cos(angle);
                sines[i] = (float) Math.sin(angle);
            }
            cos = tensors.of(cosines, positions, half);
            sin = tensors.of(sines, positions, half);
            position = tensors.randomInts(positions, shape.tokens());
        }
    }

    private static KernelCase attention(AttentionShape shape, boolean documents) {
        return new KernelCase(
                "attention %s%s".formatted(shape, documents ? ", documents" : ""), (kernels, tensors, out) -> {
                    Tensor q = tensors.normal(shape.batch(), shape.heads(), shape.queries(), shape.headSize());
                    Tensor k = tensors.normal(shape.batch(), shape.keyValueHeads(), shape.keys(), shape.headSize());
                    Tensor v = tensors.normal(k.shape());
                    Tensor start = documentStart(tensors, shape, documents);
                    Tensor o = tensors.output(shape.tokens(), shape.heads() * shape.headSize());
                    Tensor logSumExp = tensors.output(shape.batch(), shape.heads(), shape.queries());
                    kernels.attention(q, k, v, start, shape, o, logSumExp);
                    out.close("out", o, Outputs.CHAIN);
                    out.close("logSumExp", logSumExp, Outputs.CHAIN);
                    Tensor dOut = tensors.normal(o.shape());
                    Tensor dq = tensors.output(q.shape());
                    Tensor dk = tensors.output(k.shape());
                    Tensor dv = tensors.output(v.shape());
                    kernels.attentionBackward(dOut, q, k, v, start, shape, o, logSumExp, dq, dk, dv);
                    // A single key takes all the probability: its gradients are differences of equals.
                    if (shape.keys() > 1) {
                        out.close("dq", dq, Outputs.CHAIN);
                        out.close("dk", dk, Outputs.CHAIN);
                    }
                    out.close("dv", dv, Outputs.CHAIN);
                });
    }

    /** Documents of random lengths, each query naming its document's first key. */
    private static Tensor documentStart(TestTensors tensors, AttentionShape shape, boolean documents) {
        int[] start = new int[shape.tokens()];
        for (int t = 0; t < start.length; t++) {
            int inSequence = t % shape.queries();
            boolean begins = documents && tensors.random().nextInt(40) == 0;
            start[t] = inSequence == 0 ? 0 : begins ? inSequence : start[t - 1];
        }
        return tensors.ints(start, shape.batch(), shape.queries());
    }

    /** New tokens behind cached ones: what lies before is kept, what lies behind (NaN here) is not read. */
    private static KernelCase cache(AttentionShape shape) {
        return new KernelCase("cache " + shape, (kernels, tensors, out) -> {
            HeadInputs in = new HeadInputs(tensors, shape, shape.headSize() / 4);
            Tensor q = tensors.output(shape.batch(), shape.heads(), shape.queries(), shape.headSize());
            Tensor k = cached(tensors, shape);
            Tensor v = cached(tensors, shape);
            kernels.qkNormRope(in.qkv, in.qNorm, in.kNorm, EPS, in.cos, in.sin, in.position, shape, q, k, v);
            Tensor o = tensors.output(shape.tokens(), shape.heads() * shape.headSize());
            Tensor logSumExp = tensors.output(shape.batch(), shape.heads(), shape.queries());
            int[] start = new int[shape.tokens()];
            for (int t = 0; t < start.length; t++) {
                start[t] = t / shape.queries() == 0 ? 0 : Math.min(3, shape.keys() - shape.queries());
            }
            kernels.attention(q, k, v, tensors.ints(start, shape.batch(), shape.queries()), shape, o, logSumExp);
            out.close("out", o, Outputs.CHAIN);
            out.close("logSumExp", logSumExp, Outputs.CHAIN);
            out.exact("v", v);
            out.exact("kept keys", k.reshape(k.rows(), shape.headSize()).slice(0, shape.keys() - shape.queries()));
        });
    }

    private static Tensor cached(TestTensors tensors, AttentionShape shape) {
        Tensor cache = tensors.normal(shape.batch(), shape.keyValueHeads(), shape.capacity(), shape.headSize());
        for (int i = 0; i < cache.size(); i++) {
            if (i / shape.headSize() % shape.capacity() >= shape.keys()) {
                cache.setFloat(i, Float.NaN);
            }
        }
        return cache;
    }
}
