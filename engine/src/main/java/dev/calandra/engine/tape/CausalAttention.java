package dev.calandra.engine.tape;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;

/**
 * From the fused projection to the heads' answers: split, normalise, rotate, attend.
 *
 * <p>Kept for the way back are the projection, the answers and their log-sum-exp; the heads are computed again from the
 * projection, which costs one cheap pass and saves a copy of it.
 */
public final class CausalAttention implements Operation {

    private final Tape tape;
    private final Variable qkv;
    private final Variable out;
    private final HeadNorms norms;
    private final Positions positions;
    private final AttentionShape shape;
    private final Tensor qkvTF;
    private final Tensor outTF;
    private final Tensor logSumExp;

    private CausalAttention(
            Tape tape,
            Variable qkv,
            Variable out,
            HeadNorms norms,
            Positions positions,
            AttentionShape shape,
            Tensor logSumExp) {
        this.tape = tape;
        this.qkv = qkv;
        this.out = out;
        this.norms = norms;
        this.positions = positions;
        this.shape = shape;
        this.qkvTF = qkv.value().share();
        this.outTF = out.value().share();
        this.logSumExp = logSumExp.share();
    }

    /** Queries, keys and values by head: q [batch, H, queries, C], k and v [batch, G, capacity, C]. */
    private record Heads(Tensor q, Tensor k, Tensor v) implements AutoCloseable {

        static Heads allocate(TensorMemory memory, AttentionShape shape) {
            return new Heads(
                    memory.allocate(DType.F32, shape.batch(), shape.heads(), shape.queries(), shape.headSize()),
                    memory.allocate(DType.F32, shape.batch(), shape.keyValueHeads(), shape.keys(), shape.headSize()),
                    memory.allocate(DType.F32, shape.batch(), shape.keyValueHeads(), shape.keys(), shape.headSize()));
        }

        @Override
        public void close() {
            q.close();
            k.close();
            v.close();
        }
    }

    /** Training and evaluation: every token is query and key. qkv [T, (H + 2G)·C] → [T, H·C]. */
    public static Variable apply(Tape tape, Variable qkv, HeadNorms norms, Positions positions, AttentionShape shape) {
        try (Heads heads = Heads.allocate(tape.memory(), shape);
                Tensor logSumExp = logSumExp(tape, shape)) {
            Variable out = attend(tape, qkv, norms, positions, shape, heads, logSumExp);
            if (tape.recording()) {
                tape.record(new CausalAttention(tape, qkv, out, norms, positions, shape, logSumExp));
            }
            return out;
        }
    }

    /**
     * Generation: the new tokens' keys and values are written into the cache behind those of {@code keys - queries}
     * earlier tokens, and the new tokens attend to all of them.
     *
     * @param k [batch, G, capacity, C]
     * @param v likewise
     * @throws IllegalStateException on a recording tape: the cache has no gradient
     */
    public static Variable cached(
            Tape tape, Variable qkv, HeadNorms norms, Positions positions, AttentionShape shape, Tensor k, Tensor v) {
        if (tape.recording()) {
            throw new IllegalStateException("attention with a cache cannot be recorded");
        }
        try (Tensor q = tape.memory()
                        .allocate(DType.F32, shape.batch(), shape.heads(), shape.queries(), shape.headSize());
                Tensor logSumExp = logSumExp(tape, shape)) {
            return attend(tape, qkv, norms, positions, shape, new Heads(q, k, v), logSumExp);
        }
    }

    private static Tensor logSumExp(Tape tape, AttentionShape shape) {
        return tape.memory().allocate(DType.F32, shape.batch(), shape.heads(), shape.queries());
    }

    private static Variable attend(
            Tape tape,
            Variable qkv,
            HeadNorms norms,
            Positions positions,
            AttentionShape shape,
            Heads heads,
            Tensor logSumExp) {
        split(tape, qkv.value(), norms, positions, shape, heads);
        Variable out = tape.allocate(shape.tokens(), shape.heads() * shape.headSize());
        tape.kernels().attention(heads.q, heads.k, heads.v, positions.documentStart(), shape, out.value(), logSumExp);
        return out;
    }

    private static void split(
            Tape tape, Tensor qkvTF, HeadNorms norms, Positions positions, AttentionShape shape, Heads heads) {
        tape.kernels()
                .qkNormRope(
                        qkvTF,
                        norms.query().value(),
                        norms.key().value(),
                        norms.eps(),
                        positions.cosSP(),
                        positions.sinSP(),
                        positions.positionT(),
                        shape,
                        heads.q,
                        heads.k,
                        heads.v);
    }

    @Override
    public void backward() {
        try (Tensor dOut = out.takeGradient()) {
            if (dOut == null) {
                return;
            }
            try (Heads gradients = Heads.allocate(tape.memory(), shape)) {
                try (Heads heads = Heads.allocate(tape.memory(), shape)) {
                    split(tape, qkvTF, norms, positions, shape, heads);
                    tape.kernels()
                            .attentionBackward(
                                    dOut,
                                    heads.q,
                                    heads.k,
                                    heads.v,
                                    positions.documentStart(),
                                    shape,
                                    outTF,
                                    logSumExp,
                                    gradients.q,
                                    gradients.k,
                                    gradients.v);
                }
                qkv.addGradient(dqkvTF -> join(gradients, dqkvTF));
            }
        }
    }

    private void join(Heads gradients, Tensor dqkvTF) {
        tape.kernels()
                .qkNormRopeBackward(
                        gradients.q,
                        gradients.k,
                        gradients.v,
                        qkvTF,
                        norms.query().value(),
                        norms.key().value(),
                        norms.eps(),
                        positions.cosSP(),
                        positions.sinSP(),
                        positions.positionT(),
                        shape,
                        dqkvTF,
                        norms.query().gradient(),
                        norms.key().gradient());
    }

    @Override
    public void close() {
        qkvTF.close();
        outTF.close();
        logSumExp.close();
    }
}
