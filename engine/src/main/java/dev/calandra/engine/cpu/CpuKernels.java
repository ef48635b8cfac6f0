package dev.calandra.engine.cpu;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;

/** The fast kernels for a CPU; each topic has a class of its own in this package. */
public final class CpuKernels implements Kernels {

    private final Workers workers;
    private final Scratch scratch;
    private final Blas blas = Blas.ofThisMachine();
    private final Quantiser quantiser;
    private final Products products;
    private final Health health;
    private final Normalisation normalisation;
    private final HeadSplit headSplit;
    private final Attention attention;
    private final FeedForward feedForward;
    private final Routing routing;
    private final RouterLosses routerLosses;
    private final Embedding embedding;
    private final CrossEntropy crossEntropy;
    private final Elementwise elementwise;

    /** @param threads threads that work together, the caller included; at least 1 */
    public CpuKernels(int threads) {
        workers = new Workers(threads);
        scratch = new Scratch(threads);
        quantiser = new Quantiser(workers, scratch);
        products = new Products(workers, scratch, blas, quantiser);
        health = new Health(workers, scratch, new F32Panels(quantiser));
        normalisation = new Normalisation(workers, scratch);
        headSplit = new HeadSplit(workers, scratch);
        attention = new Attention(workers, scratch, blas);
        feedForward = new FeedForward(workers);
        routing = new Routing(workers, scratch);
        routerLosses = new RouterLosses(workers, scratch);
        embedding = new Embedding(workers);
        crossEntropy = new CrossEntropy(workers, scratch, blas);
        elementwise = new Elementwise(workers);
    }

    @Override
    public String name() {
        return "cpu: " + workers.count() + " threads, " + blas.name() + ", " + Lanes.N + " floats a vector";
    }

    @Override
    public void linear(Operand xRK, Operand wENK, Groups groups, Tensor yRN) {
        products.linear(xRK, wENK, groups, yRN);
    }

    @Override
    public void linearInputGrad(Operand dyRN, Operand wENK, Groups groups, Tensor dxRK, boolean accumulate) {
        products.linearInputGrad(dyRN, wENK, groups, dxRK, accumulate);
    }

    @Override
    public void linearWeightGrad(Operand dyRN, Operand xRK, Groups groups, Tensor dwENK) {
        products.linearWeightGrad(dyRN, xRK, groups, dwENK);
    }

    @Override
    public void quantiseRows(Operand xRK, Fp8Tensor out) {
        quantiser.rows(xRK, out);
    }

    @Override
    public void quantiseColumns(Operand xRK, Groups groups, Fp8Tensor out) {
        quantiser.columns(xRK, groups, out);
    }

    @Override
    public void quantiseBlocks(Tensor w, Fp8Tensor out) {
        quantiser.blocks(w, out);
    }

    @Override
    public void blockMaxima(Tensor wRK, int firstRow, Fp8Tensor stack, Tensor maxima) {
        quantiser.blockMaxima(wRK, firstRow, stack, maxima);
    }

    @Override
    public void encodeBlocks(Tensor wRK, int firstRow, Tensor maxima, Fp8Tensor stack) {
        quantiser.encodeBlocks(wRK, firstRow, maxima, stack);
    }

    @Override
    public void dequantise(Fp8Tensor x, Groups groups, Tensor out) {
        health.dequantise(x, groups, out);
    }

    @Override
    public void cast(Tensor from, Tensor to) {
        quantiser.cast(from, to);
    }

    @Override
    public void quantisationHealth(Tensor x, Fp8Tensor encoded, Groups groups, Tensor statistics) {
        health.statistics(x, encoded, groups, statistics);
    }

    @Override
    public void rmsNorm(Tensor xTD, Tensor wD, float eps, Tensor yTD, Tensor rstdT) {
        normalisation.rmsNorm(xTD, wD, eps, yTD, rstdT);
    }

    @Override
    public void rmsNormBackward(
            Tensor dyTD, Tensor xTD, Tensor wD, Tensor rstdT, Tensor dxTD, boolean accumulate, Tensor dwD) {
        normalisation.rmsNormBackward(dyTD, xTD, wD, rstdT, dxTD, accumulate, dwD);
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
        headSplit.forward(
                new HeadSplit.Projection(qkvTF, qNormC, kNormC, eps, cosSP, sinSP, positionT, shape), q, k, v);
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
        headSplit.backward(
                new HeadSplit.Projection(qkvTF, qNormC, kNormC, eps, cosSP, sinSP, positionT, shape),
                dq,
                dk,
                dv,
                dqkvTF,
                dqNormC,
                dkNormC);
    }

    @Override
    public void attention(
            Tensor q, Tensor k, Tensor v, Tensor documentStart, AttentionShape shape, Tensor outTF, Tensor logSumExp) {
        attention.forward(new Attention.Heads(q, k, v, documentStart, shape, outTF, logSumExp));
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
        attention.backward(
                new Attention.Heads(q, k, v, documentStart, shape, outTF, logSumExp),
                new Attention.Gradients(dOutTF, dq, dk, dv));
    }

    @Override
    public void swiGlu(Tensor gateUpRF2, Tensor aRF) {
        feedForward.swiGlu(gateUpRF2, aRF);
    }

    @Override
    public void swiGluBackward(Tensor daRF, Tensor gateUpRF2, Tensor scaleR, Tensor dGateUpRF2, Tensor dScaleR) {
        feedForward.swiGluBackward(daRF, gateUpRF2, scaleR, dGateUpRF2, dScaleR);
    }

    @Override
    public void route(Tensor logitsTE, Tensor biasE, RouterShape shape, Tensor indexTK, Tensor weightTK) {
        routing.route(logitsTE, biasE, shape, indexTK, weightTK);
    }

    @Override
    public void routeBackward(Tensor dWeightTK, Tensor logitsTE, Tensor indexTK, RouterShape shape, Tensor dLogitsTE) {
        routing.routeBackward(dWeightTK, logitsTE, indexTK, shape, dLogitsTE);
    }

    @Override
    public void sequenceBalance(Tensor logitsTE, Tensor indexTK, float lossScale, Tensor dLogitsTE, Tensor lossB) {
        routerLosses.sequenceBalance(logitsTE, indexTK, lossScale, dLogitsTE, lossB);
    }

    @Override
    public void routerZ(Tensor logitsTE, float lossScale, Tensor dLogitsTE, Tensor lossT) {
        routerLosses.routerZ(logitsTE, lossScale, dLogitsTE, lossT);
    }

    @Override
    public void dispatch(Tensor indexTK, DispatchPlan plan) {
        routing.dispatch(indexTK, plan);
    }

    @Override
    public void gather(Tensor values, Tensor index, Tensor out) {
        elementwise.gather(values, index, out);
    }

    @Override
    public void scatter(Tensor values, Tensor index, Tensor out) {
        elementwise.scatter(values, index, out);
    }

    @Override
    public void combine(Tensor yRD, Tensor weightTK, Tensor slotTK, Tensor outTD, boolean accumulate) {
        feedForward.combine(yRD, weightTK, slotTK, outTD, accumulate);
    }

    @Override
    public void embedding(Tensor tableVD, Tensor idT, Tensor outTD) {
        embedding.forward(tableVD, idT, outTD);
    }

    @Override
    public void embeddingBackward(Tensor dOutTD, Tensor idT, Tensor dTableVD) {
        embedding.backward(dOutTD, idT, dTableVD);
    }

    @Override
    public void linearCrossEntropy(
            Tensor hTD, Tensor wVD, Tensor targetT, float lossScale, Tensor dhTD, Tensor dwVD, Tensor lossT) {
        crossEntropy.compute(new CrossEntropy.Head(hTD, wVD, targetT, lossScale, dhTD, dwVD, lossT));
    }

    @Override
    public void add(Tensor a, Tensor b, Tensor out) {
        elementwise.add(a, b, out);
    }

    @Override
    public void scale(Tensor x, float factor) {
        elementwise.scale(x, factor);
    }

    @Override
    public void fill(Tensor x, float value) {
        elementwise.fill(x, value);
    }

    @Override
    public void sum(Tensor x, Tensor outF64) {
        elementwise.sum(x, outF64);
    }

    @Override
    public void sumOfSquares(Tensor x, Tensor outF64) {
        elementwise.sumOfSquares(x, outF64);
    }

    @Override
    public void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        elementwise.adamW(parameter, gradient, firstMoment, secondMoment, step);
    }

    @Override
    public void close() {
        workers.close();
        scratch.close();
    }
}
