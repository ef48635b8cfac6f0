package dev.calandra.engine.nd4j;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Every operation in plain ND4J and double precision: obvious rather than fast. Tensors are copied in, results are
 * rounded once and copied out; the mathematics stands in this package's other classes.
 */
public final class Nd4jKernels implements Kernels {

    /** Grows to what the largest operation needs and is used again from its start by the next. */
    private static final WorkspaceConfiguration SCOPE = WorkspaceConfiguration.builder()
            .policyAllocation(AllocationPolicy.OVERALLOCATE)
            .policyLearning(LearningPolicy.FIRST_LOOP)
            .policyReset(ResetPolicy.BLOCK_LEFT)
            .policySpill(SpillPolicy.REALLOCATE)
            .build();

    private static final String SCOPE_NAME = "calandra";

    @Override
    public String name() {
        return "nd4j";
    }

    // ---- matrix products over groups of rows ----

    @Override
    public void linear(Operand xRK, Operand wENK, Groups groups, Tensor yRN) {
        inScope(() -> {
            int[] offsets = Copies.indices(groups.offsets());
            INDArray x = Operands.matrix(xRK, offsets);
            INDArray w = Operands.matrix(wENK, offsets);
            Copies.out(Products.linear(x, w, offsets, groups.matrices()), yRN);
        });
    }

    @Override
    public void linearInputGrad(Operand dyRN, Operand wENK, Groups groups, Tensor dxRK, boolean accumulate) {
        inScope(() -> {
            int[] offsets = Copies.indices(groups.offsets());
            INDArray dy = Operands.matrix(dyRN, offsets);
            INDArray w = Operands.matrix(wENK, offsets);
            Copies.out(Products.inputGrad(dy, w, offsets, groups.matrices()), dxRK, accumulate);
        });
    }

    @Override
    public void linearWeightGrad(Operand dyRN, Operand xRK, Groups groups, Tensor dwENK) {
        inScope(() -> {
            int[] offsets = Copies.indices(groups.offsets());
            INDArray dw = Products.weightGrad(Operands.matrix(dyRN, offsets), Operands.matrix(xRK, offsets), offsets);
            Copies.out(dw, dwENK, true);
        });
    }

    // ---- precision ----

    @Override
    public void quantiseRows(Operand xRK, Fp8Tensor out) {
        encode(xRK, null, Fp8Tensor.Layout.ROW_TILES, out);
    }

    @Override
    public void quantiseColumns(Operand xRK, Groups groups, Fp8Tensor out) {
        encode(xRK, Copies.indices(groups.offsets()), Fp8Tensor.Layout.COLUMN_TILES, out);
    }

    @Override
    public void quantiseBlocks(Tensor w, Fp8Tensor out) {
        encode(w, null, Fp8Tensor.Layout.BLOCKS, out);
    }

    @Override
    public void blockMaxima(Tensor wRK, int firstRow, Fp8Tensor stack, Tensor maxima) {
        inScope(() -> maxima.copyFrom(Fp8Codec.maxima(Copies.values(wRK), firstRow, TileMap.of(stack, null), stack)));
    }

    @Override
    public void encodeBlocks(Tensor wRK, int firstRow, Tensor maxima, Fp8Tensor stack) {
        inScope(() -> Fp8Codec.encode(Copies.values(wRK), firstRow, maxima.toFloats(), TileMap.of(stack, null), stack));
    }

    private static void encode(Operand x, int[] offsets, Fp8Tensor.Layout layout, Fp8Tensor out) {
        if (out.layout() != layout || out.rows() != x.rows() || out.columns() != x.columns()) {
            throw new IllegalArgumentException("cannot encode [" + x.rows() + ", " + x.columns() + "] as " + layout
                    + " into " + out.codes() + " in " + out.layout());
        }
        inScope(() -> Fp8Codec.encode(Copies.doubles(Operands.matrix(x, offsets)), TileMap.of(out, offsets), out));
    }

    @Override
    public void dequantise(Fp8Tensor x, Groups groups, Tensor out) {
        inScope(() -> Copies.out(Fp8Codec.decode(x, TileMap.of(x, offsetsOrNull(groups))), out));
    }

    @Override
    public void cast(Tensor from, Tensor to) {
        inScope(() -> Copies.out(Copies.values(from), to));
    }

    @Override
    public void quantisationHealth(Tensor x, Fp8Tensor encoded, Groups groups, Tensor statistics) {
        inScope(() -> {
            TileMap tiles = TileMap.of(encoded, offsetsOrNull(groups));
            Copies.out(Fp8Codec.health(Copies.values(x), encoded, tiles), statistics);
        });
    }

    private static int[] offsetsOrNull(Groups groups) {
        return groups == null ? null : Copies.indices(groups.offsets());
    }

    // ---- normalisation, positions, attention ----

    @Override
    public void rmsNorm(Tensor xTD, Tensor wD, float eps, Tensor yTD, Tensor rstdT) {
        inScope(() -> {
            INDArray x = Copies.matrix(xTD);
            INDArray rstd = Norms.rstd(x, eps);
            Copies.out(Norms.forward(x, rstd, Copies.row(wD)), yTD);
            Copies.out(rstd, rstdT);
        });
    }

    @Override
    public void rmsNormBackward(
            Tensor dyTD, Tensor xTD, Tensor wD, Tensor rstdT, Tensor dxTD, boolean accumulate, Tensor dwD) {
        inScope(() -> {
            INDArray dy = Copies.matrix(dyTD);
            INDArray x = Copies.matrix(xTD);
            INDArray rstd = Copies.column(rstdT);
            Copies.out(Norms.inputGrad(dy, x, rstd, Copies.row(wD)), dxTD, accumulate);
            Copies.out(Norms.weightGrad(dy, x, rstd), dwD, true);
        });
    }

    @Override
    public void qkNormRope(
            Tensor qkvTF,
            Tensor qNormC,
            Tensor kNormC,
            float eps,
            Tensor cosSP,
            Tensor sinSP,
            Tensor positionT,
            AttentionShape shape,
            Tensor q,
            Tensor k,
            Tensor v) {
        inScope(() -> {
            HeadProjection projection = new HeadProjection(
                    shape, Copies.row(qNormC), Copies.row(kNormC), eps, Rotation.of(cosSP, sinSP, positionT));
            HeadProjection.Heads heads = projection.forward(Copies.matrix(qkvTF));
            Copies.out(heads.q(), q);
            intoCache(heads.k(), shape, k);
            intoCache(heads.v(), shape, v);
        });
    }

    /** Writes the new tokens of each sequence and head behind those that the cache holds already. */
    private static void intoCache(INDArray heads, AttentionShape shape, Tensor cache) {
        Tensor rows = cache.reshape(cache.rows(), shape.headSize());
        for (int head = 0; head < shape.batch() * shape.keyValueHeads(); head++) {
            int to = head * shape.capacity() + shape.keys();
            Copies.out(
                    Rows.range(heads, (long) head * shape.queries(), (head + 1L) * shape.queries()),
                    rows.slice(to - shape.queries(), to));
        }
    }

    @Override
    public void qkNormRopeBackward(
            Tensor dq,
            Tensor dk,
            Tensor dv,
            Tensor qkvTF,
            Tensor qNormC,
            Tensor kNormC,
            float eps,
            Tensor cosSP,
            Tensor sinSP,
            Tensor positionT,
            AttentionShape shape,
            Tensor dqkvTF,
            Tensor dqNormC,
            Tensor dkNormC) {
        inScope(() -> {
            HeadProjection projection = new HeadProjection(
                    shape, Copies.row(qNormC), Copies.row(kNormC), eps, Rotation.of(cosSP, sinSP, positionT));
            HeadProjection.Gradients gradients = projection.backward(
                    new HeadProjection.Heads(Copies.matrix(dq), Copies.matrix(dk), Copies.matrix(dv)),
                    Copies.matrix(qkvTF));
            Copies.out(gradients.dqkv(), dqkvTF);
            Copies.out(gradients.dqNorm(), dqNormC, true);
            Copies.out(gradients.dkNorm(), dkNormC, true);
        });
    }

    @Override
    public void attention(
            Tensor q, Tensor k, Tensor v, Tensor documentStart, AttentionShape shape, Tensor outTF, Tensor logSumExp) {
        inScope(() -> {
            Attention.Result result = new Attention(shape, Copies.indices(documentStart))
                    .forward(Copies.matrix(q), Copies.matrix(k), Copies.matrix(v));
            Copies.out(result.out(), outTF);
            Copies.out(result.logSumExp(), logSumExp);
        });
    }

    @Override
    public void attentionBackward(
            Tensor dOutTF,
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor documentStart,
            AttentionShape shape,
            Tensor outTF,
            Tensor logSumExp,
            Tensor dq,
            Tensor dk,
            Tensor dv) {
        inScope(() -> {
            Attention.Gradients gradients = new Attention(shape, Copies.indices(documentStart))
                    .backward(
                            Copies.matrix(dOutTF),
                            Copies.matrix(q),
                            Copies.matrix(k),
                            Copies.matrix(v),
                            new Attention.Result(Copies.matrix(outTF), Copies.column(logSumExp)));
            Copies.out(gradients.dq(), dq);
            Copies.out(gradients.dk(), dk);
            Copies.out(gradients.dv(), dv);
        });
    }

    // ---- feed-forward and experts ----

    @Override
    public void swiGlu(Tensor gateUpRF2, Tensor aRF) {
        inScope(() -> Copies.out(SwiGlu.forward(Copies.matrix(gateUpRF2)), aRF));
    }

    @Override
    public void swiGluBackward(Tensor daRF, Tensor gateUpRF2, Tensor scaleR, Tensor dGateUpRF2, Tensor dScaleR) {
        inScope(() -> {
            INDArray da = Copies.matrix(daRF);
            INDArray gateUp = Copies.matrix(gateUpRF2);
            INDArray scaled = scaleR == null ? da : da.mulColumnVector(Copies.column(scaleR));
            Copies.out(SwiGlu.inputGrad(scaled, gateUp), dGateUpRF2);
            if (dScaleR != null) {
                Copies.out(SwiGlu.scaleGrad(da, gateUp), dScaleR);
            }
        });
    }

    @Override
    public void route(Tensor logitsTE, Tensor biasE, RouterShape shape, Tensor indexTK, Tensor weightTK) {
        inScope(() -> {
            Router router = new Router(shape);
            INDArray logits = Copies.matrix(logitsTE);
            int[] chosen = router.choose(logits, Copies.values(biasE));
            indexTK.copyFrom(chosen);
            Copies.out(router.weights(logits, chosen), weightTK);
        });
    }

    @Override
    public void routeBackward(Tensor dWeightTK, Tensor logitsTE, Tensor indexTK, RouterShape shape, Tensor dLogitsTE) {
        inScope(() -> {
            INDArray dLogits = new Router(shape)
                    .inputGrad(Copies.matrix(dWeightTK), Copies.matrix(logitsTE), Copies.indices(indexTK));
            Copies.out(dLogits, dLogitsTE);
        });
    }

    @Override
    public void sequenceBalance(Tensor logitsTE, Tensor indexTK, float lossScale, Tensor dLogitsTE, Tensor lossB) {
        inScope(() -> {
            RouterLosses.Balance balance = RouterLosses.balance(
                    Copies.matrix(logitsTE), Copies.indices(indexTK), Math.toIntExact(lossB.size()));
            Copies.out(balance.losses(), lossB);
            Copies.out(balance.logitsGrad(lossScale), dLogitsTE, true);
        });
    }

    @Override
    public void routerZ(Tensor logitsTE, float lossScale, Tensor dLogitsTE, Tensor lossT) {
        inScope(() -> {
            INDArray logits = Copies.matrix(logitsTE);
            Copies.out(RouterLosses.z(logits), lossT);
            Copies.out(RouterLosses.zLogitsGrad(logits, lossScale), dLogitsTE, true);
        });
    }

    @Override
    public void dispatch(Tensor indexTK, DispatchPlan plan) {
        inScope(() -> {
            Dispatch.Plan indices = Dispatch.plan(
                    Copies.indices(indexTK), indexTK.columns(), plan.groups().count());
            plan.groups().offsets().copyFrom(indices.offsets());
            plan.slot().copyFrom(indices.slot());
            plan.token().copyFrom(indices.token());
            plan.choice().copyFrom(indices.choice());
        });
    }

    @Override
    public void gather(Tensor values, Tensor index, Tensor out) {
        Copies.out(Dispatch.gather(Copies.values(values), Copies.indices(index)), out);
    }

    @Override
    public void scatter(Tensor values, Tensor index, Tensor out) {
        Copies.out(Dispatch.scatter(Copies.values(values), Copies.indices(index)), out);
    }

    @Override
    public void combine(Tensor yRD, Tensor weightTK, Tensor slotTK, Tensor outTD, boolean accumulate) {
        inScope(() -> {
            double[] weights = weightTK == null ? null : Copies.values(weightTK);
            INDArray out = Dispatch.combine(Copies.matrix(yRD), weights, Copies.indices(slotTK), slotTK.columns());
            Copies.out(out, outTD, accumulate);
        });
    }

    // ---- ends of the model ----

    @Override
    public void embedding(Tensor tableVD, Tensor idT, Tensor outTD) {
        inScope(() -> Copies.out(Rows.pick(Copies.matrix(tableVD), Copies.indices(idT)), outTD));
    }

    @Override
    public void embeddingBackward(Tensor dOutTD, Tensor idT, Tensor dTableVD) {
        inScope(() -> {
            INDArray dTable = Rows.zeros(dTableVD.rows(), dTableVD.columns());
            Rows.addTo(dTable, Copies.indices(idT), Copies.matrix(dOutTD));
            Copies.out(dTable, dTableVD, true);
        });
    }

    @Override
    public void linearCrossEntropy(
            Tensor hTD, Tensor wVD, Tensor targetT, float lossScale, Tensor dhTD, Tensor dwVD, Tensor lossT) {
        inScope(() -> {
            INDArray h = Copies.matrix(hTD);
            INDArray w = Copies.matrix(wVD);
            int[] target = Copies.indices(targetT);
            Copies.out(CrossEntropy.losses(h, w, target), lossT);
            if (dhTD != null) {
                INDArray dLogits = CrossEntropy.logitsGrad(h, w, target, lossScale);
                Copies.out(dLogits.mmul(w), dhTD);
                Copies.out(dLogits.transpose().mmul(h), dwVD, true);
            }
        });
    }

    // ---- element-wise and reductions ----

    @Override
    public void add(Tensor a, Tensor b, Tensor out) {
        inScope(() -> Copies.out(Copies.in(a).addi(Copies.in(b)), out));
    }

    @Override
    public void scale(Tensor x, float factor) {
        inScope(() -> Copies.out(Copies.in(x).muli(factor), x));
    }

    @Override
    public void fill(Tensor x, float value) {
        inScope(() -> Copies.out(Copies.in(x).assign(value), x));
    }

    @Override
    public void sum(Tensor x, Tensor outF64) {
        inScope(() -> outF64.setDouble(0, Copies.in(x).sumNumber().doubleValue()));
    }

    @Override
    public void sumOfSquares(Tensor x, Tensor outF64) {
        inScope(() -> {
            INDArray values = Copies.in(x);
            outF64.setDouble(0, values.muli(values).sumNumber().doubleValue());
        });
    }

    @Override
    public void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        inScope(() -> {
            AdamW after = new AdamW(Copies.in(parameter), Copies.in(firstMoment), Copies.in(secondMoment))
                    .step(Copies.in(gradient), step);
            Copies.out(after.parameter(), parameter);
            Copies.out(after.firstMoment(), firstMoment);
            Copies.out(after.secondMoment(), secondMoment);
        });
    }

    @Override
    public void close() {
        Nd4j.getWorkspaceManager()
                .destroyWorkspace(Nd4j.getWorkspaceManager().getWorkspaceForCurrentThread(SCOPE_NAME));
    }

    /** Frees the arrays of an operation at its end: the garbage collector would come too late, they are off-heap. */
    private static void inScope(Runnable operation) {
        MemoryWorkspace scope = Nd4j.getWorkspaceManager().getAndActivateWorkspace(SCOPE, SCOPE_NAME);
        try {
            operation.run();
        } finally {
            scope.close();
        }
    }
}
