package dev.calandra.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** a = silu(gate)·up with gateUp [R, 2F] = [gate | up] (Shazeer, arXiv 2002.05202). */
final class SwiGlu {

    private SwiGlu() {}

    /** a [R, F]. */
    static INDArray forward(INDArray gateUp) {
        return silu(gate(gateUp)).muli(up(gateUp));
    }

    /** dGateUp [R, 2F] for da [R, F]; silu' = s·(1 + g·(1 − s)) with s the sigmoid of the gate g. */
    static INDArray inputGrad(INDArray da, INDArray gateUp) {
        INDArray gate = gate(gateUp);
        INDArray s = Transforms.sigmoid(gate, true);
        INDArray slope = s.rsub(1.0).muli(gate).addi(1.0).muli(s);
        INDArray gradient = Rows.zeros(gateUp.rows(), gateUp.columns());
        gate(gradient).assign(slope.muli(up(gateUp)).muli(da));
        up(gradient).assign(silu(gate).muli(da));
        return gradient;
    }

    /** The gradient of a row's scale, where the row was used times that scale: sum over the row of da·a, [R, 1]. */
    static INDArray scaleGrad(INDArray da, INDArray gateUp) {
        return forward(gateUp).muli(da).sum(true, 1);
    }

    private static INDArray silu(INDArray gate) {
        return Transforms.sigmoid(gate, true).muli(gate);
    }

    private static INDArray gate(INDArray gateUp) {
        return Rows.columns(gateUp, 0, gateUp.columns() / 2);
    }

    private static INDArray up(INDArray gateUp) {
        return Rows.columns(gateUp, gateUp.columns() / 2, gateUp.columns());
    }
}
