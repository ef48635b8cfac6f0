package dev.calandra.engine.profile;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Passes every call on and, once recording, keeps how long it took and what it had to do.
 *
 * <p>A call is timed until it returns, so the figures mean something only for kernels that return when they are done. All
 * calls come from one thread.
 */
public final class ProfilingKernels implements Kernels {

    private final Kernels delegate;
    private final List<KernelCall> calls = new ArrayList<>();
    private boolean recording;

    /** @param delegate computes; closed with this */
    public ProfilingKernels(Kernels delegate) {
        this.delegate = delegate;
    }

    /** Keeps the calls from here on. */
    public void startRecording() {
        recording = true;
    }

    /** The calls kept so far, in the order of time. */
    public List<KernelCall> calls() {
        return List.copyOf(calls);
    }

    private void call(String kernel, Runnable computation, Supplier<Work> work) {
        if (!recording) {
            computation.run();
            return;
        }
        long start = System.nanoTime();
        computation.run();
        long nanos = System.nanoTime() - start;
        calls.add(new KernelCall(kernel, work.get(), start, nanos));
    }

    @Override
    public String name() {
        return delegate.name();
    }

    @Override
    public void linear(Operand xRK, Operand wENK, Groups groups, Tensor yRN) {
        call("linear", () -> delegate.linear(xRK, wENK, groups, yRN), () -> KernelWork.linear(xRK, wENK, groups, yRN));
    }

    @Override
    public void linearInputGrad(Operand dyRN, Operand wENK, Groups groups, Tensor dxRK, boolean accumulate) {
        call(
                "linearInputGrad",
                () -> delegate.linearInputGrad(dyRN, wENK, groups, dxRK, accumulate),
                () -> KernelWork.linearInputGrad(dyRN, wENK, groups, dxRK, accumulate));
    }

    @Override
    public void linearWeightGrad(Operand dyRN, Operand xRK, Groups groups, Tensor dwENK) {
        call(
                "linearWeightGrad",
                () -> delegate.linearWeightGrad(dyRN, xRK, groups, dwENK),
                () -> KernelWork.linearWeightGrad(dyRN, xRK, groups, dwENK));
    }

    @Override
    public void quantiseRows(Operand xRK, Fp8Tensor out) {
        call("quantiseRows", () -> delegate.quantiseRows(xRK, out), () -> KernelWork.quantiseRows(xRK, out));
    }

    @Override
    public void quantiseColumns(Operand xRK, Groups groups, Fp8Tensor out) {
        call(
                "quantiseColumns",
                () -> delegate.quantiseColumns(xRK, groups, out),
                () -> KernelWork.quantiseColumns(xRK, groups, out));
    }

    @Override
    public void quantiseBlocks(Tensor w, Fp8Tensor out) {
        call("quantiseBlocks", () -> delegate.quantiseBlocks(w, out), () -> KernelWork.quantiseBlocks(w, out));
    }

    @Override
    public void blockMaxima(Tensor wRK, int firstRow, Fp8Tensor stack, Tensor maxima) {
        call(
                "blockMaxima",
                () -> delegate.blockMaxima(wRK, firstRow, stack, maxima),
                () -> KernelWork.blockMaxima(wRK, maxima));
    }

    @Override
    public void encodeBlocks(Tensor wRK, int firstRow, Tensor maxima, Fp8Tensor stack) {
        call(
                "encodeBlocks",
                () -> delegate.encodeBlocks(wRK, firstRow, maxima, stack),
                () -> KernelWork.encodeBlocks(wRK, maxima, stack));
    }

    @Override
    public void dequantise(Fp8Tensor x, Groups groups, Tensor out) {
        call("dequantise", () -> delegate.dequantise(x, groups, out), () -> KernelWork.dequantise(x, groups, out));
    }

    @Override
    public void cast(Tensor from, Tensor to) {
        call("cast", () -> delegate.cast(from, to), () -> KernelWork.cast(from, to));
    }

    @Override
    public void quantisationHealth(Tensor x, Fp8Tensor encoded, Groups groups, Tensor statistics) {
        call(
                "quantisationHealth",
                () -> delegate.quantisationHealth(x, encoded, groups, statistics),
                () -> KernelWork.quantisationHealth(x, encoded, groups, statistics));
    }

    @Override
    public void rmsNorm(Tensor xTD, Tensor wD, float eps, Tensor yTD, Tensor rstdT) {
        call(
                "rmsNorm",
                () -> delegate.rmsNorm(xTD, wD, eps, yTD, rstdT),
                () -> KernelWork.rmsNorm(xTD, wD, yTD, rstdT));
    }

    @Override
    public void rmsNormBackward(
            Tensor dyTD, Tensor xTD, Tensor wD, Tensor rstdT, Tensor dxTD, boolean accumulate, Tensor dwD) {
        call(
                "rmsNormBackward",
                () -> delegate.rmsNormBackward(dyTD, xTD, wD, rstdT, dxTD, accumulate, dwD),
                () -> KernelWork.rmsNormBackward(dyTD, xTD, wD, rstdT, dxTD, accumulate, dwD));
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
        call(
                "qkNormRope",
                () -> delegate.qkNormRope(qkvTF, qNormC, kNormC, eps, cosSP, sinSP, positionT, shape, q, k, v),
                () -> KernelWork.qkNormRope(qkvTF, qNormC, kNormC, cosSP, sinSP, positionT));
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
        call(
                "qkNormRopeBackward",
                () -> delegate.qkNormRopeBackward(
                        dq, dk, dv, qkvTF, qNormC, kNormC, eps, cosSP, sinSP, positionT, shape, dqkvTF, dqNormC,
                        dkNormC),
                () -> KernelWork.qkNormRopeBackward(qkvTF, qNormC, kNormC, cosSP, sinSP, positionT, dqNormC, dkNormC));
    }

    @Override
    public void attention(
            Tensor q, Tensor k, Tensor v, Tensor documentStart, AttentionShape shape, Tensor outTF, Tensor logSumExp) {
        call(
                "attention",
                () -> delegate.attention(q, k, v, documentStart, shape, outTF, logSumExp),
                () -> KernelWork.attention(shape, documentStart, outTF, logSumExp));
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
        call(
                "attentionBackward",
                () -> delegate.attentionBackward(dOutTF, q, k, v, documentStart, shape, outTF, logSumExp, dq, dk, dv),
                () -> KernelWork.attentionBackward(shape, documentStart, outTF, logSumExp));
    }

    @Override
    public void swiGlu(Tensor gateUpRF2, Tensor aRF) {
        call("swiGlu", () -> delegate.swiGlu(gateUpRF2, aRF), () -> KernelWork.swiGlu(gateUpRF2, aRF));
    }

    @Override
    public void swiGluBackward(Tensor daRF, Tensor gateUpRF2, Tensor scaleR, Tensor dGateUpRF2, Tensor dScaleR) {
        call(
                "swiGluBackward",
                () -> delegate.swiGluBackward(daRF, gateUpRF2, scaleR, dGateUpRF2, dScaleR),
                () -> KernelWork.swiGluBackward(daRF, gateUpRF2, scaleR, dGateUpRF2, dScaleR));
    }

    @Override
    public void route(Tensor logitsTE, Tensor biasE, RouterShape shape, Tensor indexTK, Tensor weightTK) {
        call(
                "route",
                () -> delegate.route(logitsTE, biasE, shape, indexTK, weightTK),
                () -> KernelWork.route(logitsTE, biasE, indexTK, weightTK));
    }

    @Override
    public void routeBackward(Tensor dWeightTK, Tensor logitsTE, Tensor indexTK, RouterShape shape, Tensor dLogitsTE) {
        call(
                "routeBackward",
                () -> delegate.routeBackward(dWeightTK, logitsTE, indexTK, shape, dLogitsTE),
                () -> KernelWork.routeBackward(dWeightTK, logitsTE, indexTK, dLogitsTE));
    }

    @Override
    public void sequenceBalance(Tensor logitsTE, Tensor indexTK, float lossScale, Tensor dLogitsTE, Tensor lossB) {
        call(
                "sequenceBalance",
                () -> delegate.sequenceBalance(logitsTE, indexTK, lossScale, dLogitsTE, lossB),
                () -> KernelWork.sequenceBalance(logitsTE, indexTK, dLogitsTE, lossB));
    }

    @Override
    public void routerZ(Tensor logitsTE, float lossScale, Tensor dLogitsTE, Tensor lossT) {
        call(
                "routerZ",
                () -> delegate.routerZ(logitsTE, lossScale, dLogitsTE, lossT),
                () -> KernelWork.routerZ(logitsTE, dLogitsTE, lossT));
    }

    @Override
    public void dispatch(Tensor indexTK, DispatchPlan plan) {
        call("dispatch", () -> delegate.dispatch(indexTK, plan), () -> KernelWork.dispatch(indexTK, plan));
    }

    @Override
    public void gather(Tensor values, Tensor index, Tensor out) {
        call("gather", () -> delegate.gather(values, index, out), () -> KernelWork.gather(values, index, out));
    }

    @Override
    public void scatter(Tensor values, Tensor index, Tensor out) {
        call("scatter", () -> delegate.scatter(values, index, out), () -> KernelWork.scatter(values, index, out));
    }

    @Override
    public void combine(Tensor yRD, Tensor weightTK, Tensor slotTK, Tensor outTD, boolean accumulate) {
        call(
                "combine",
                () -> delegate.combine(yRD, weightTK, slotTK, outTD, accumulate),
                () -> KernelWork.combine(yRD, weightTK, slotTK, outTD, accumulate));
    }

    @Override
    public void embedding(Tensor tableVD, Tensor idT, Tensor outTD) {
        call(
                "embedding",
                () -> delegate.embedding(tableVD, idT, outTD),
                () -> KernelWork.embedding(tableVD, idT, outTD));
    }

    @Override
    public void embeddingBackward(Tensor dOutTD, Tensor idT, Tensor dTableVD) {
        call(
                "embeddingBackward",
                () -> delegate.embeddingBackward(dOutTD, idT, dTableVD),
                () -> KernelWork.embeddingBackward(dOutTD, idT, dTableVD));
    }

    @Override
    public void linearCrossEntropy(
            Tensor hTD, Tensor wVD, Tensor targetT, float lossScale, Tensor dhTD, Tensor dwVD, Tensor lossT) {
        call(
                "linearCrossEntropy",
                () -> delegate.linearCrossEntropy(hTD, wVD, targetT, lossScale, dhTD, dwVD, lossT),
                () -> KernelWork.linearCrossEntropy(hTD, wVD, targetT, dhTD, dwVD, lossT));
    }

    @Override
    public void add(Tensor a, Tensor b, Tensor out) {
        call("add", () -> delegate.add(a, b, out), () -> KernelWork.add(a, b, out));
    }

    @Override
    public void scale(Tensor x, float factor) {
        call("scale", () -> delegate.scale(x, factor), () -> KernelWork.scale(x));
    }

    @Override
    public void fill(Tensor x, float value) {
        call("fill", () -> delegate.fill(x, value), () -> KernelWork.fill(x));
    }

    @Override
    public void sum(Tensor x, Tensor outF64) {
        call("sum", () -> delegate.sum(x, outF64), () -> KernelWork.sum(x, outF64));
    }

    @Override
    public void sumOfSquares(Tensor x, Tensor outF64) {
        call("sumOfSquares", () -> delegate.sumOfSquares(x, outF64), () -> KernelWork.sum(x, outF64));
    }

    @Override
    public void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
        call(
                "adamW",
                () -> delegate.adamW(parameter, gradient, firstMoment, secondMoment, step),
                () -> KernelWork.adamW(parameter, gradient, firstMoment, secondMoment));
    }

    @Override
    public void close() {
        delegate.close();
    }
}
