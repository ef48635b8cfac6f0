package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/** SwiGLU, and the experts' answers on their way back to the tokens. */
final class FeedForward {

    private static final int ROWS = 32;

    private final Workers workers;

    FeedForward(Workers workers) {
        this.workers = workers;
    }

    void swiGlu(Tensor gateUp, Tensor a) {
        int rows = a.rows();
        int width = a.columns();
        requireGateUp(gateUp, rows, width);
        workers.parallel((rows + ROWS - 1) / ROWS, (task, worker) -> {
            for (int r = task * ROWS; r < Math.min(rows, (task + 1) * ROWS); r++) {
                long gate = gateUp.address() + 8L * r * width;
                swiGluRow(gate, gate + 4L * width, a.address() + 4L * r * width, width);
            }
        });
    }

    private static void swiGluRow(long gate, long up, long out, int width) {
        SwiGluLoops.sigmoid(gate, out, width);
        SwiGluLoops.multiply(gate, up, out, width);
    }

    void swiGluBackward(Tensor da, Tensor gateUp, Tensor scale, Tensor dGateUp, Tensor dScale) {
        int rows = da.rows();
        int width = da.columns();
        requireGateUp(gateUp, rows, width);
        requireGateUp(dGateUp, rows, width);
        requireRows(scale, rows);
        requireRows(dScale, rows);
        workers.parallel((rows + ROWS - 1) / ROWS, (task, worker) -> {
            for (int r = task * ROWS; r < Math.min(rows, (task + 1) * ROWS); r++) {
                float factor = scale == null ? 1f : scale.getFloat(r);
                long gate = gateUp.address() + 8L * r * width;
                long dGate = dGateUp.address() + 8L * r * width;
                float dot = swiGluBackwardRow(da.address() + 4L * r * width, gate, dGate, width, factor);
                if (dScale != null) {
                    dScale.setFloat(r, dot);
                }
            }
        });
    }

    /** Writes the gradients of gate and up; returns da·a. The sigmoids wait where the gate's gradient will stand. */
    private static float swiGluBackwardRow(long da, long gate, long dGate, int width, float factor) {
        SwiGluLoops.sigmoid(gate, dGate, width);
        return SwiGluLoops.backward(da, gate, gate + 4L * width, dGate, dGate + 4L * width, width, factor);
    }

    void combine(Tensor y, Tensor weight, Tensor slot, Tensor out, boolean accumulate) {
        int tokens = out.rows();
        int width = out.columns();
        int choices = slot.columns();
        slot.require(DType.I32, tokens, choices);
        y.require(DType.F32, y.rows(), width);
        if (weight != null) {
            weight.require(DType.F32, tokens, choices);
        }
        int rows = y.rows();
        workers.parallel((tokens + ROWS - 1) / ROWS, (task, worker) -> {
            for (int t = task * ROWS; t < Math.min(tokens, (task + 1) * ROWS); t++) {
                long to = out.require(DType.F32).address() + 4L * t * width;
                for (int k = 0; k < choices; k++) {
                    int row = slot.getInt((long) t * choices + k);
                    if (row < 0 || row >= rows) {
                        throw new IndexOutOfBoundsException("slot " + row + " of " + rows + " rows");
                    }
                    float factor = weight == null ? 1f : weight.getFloat((long) t * choices + k);
                    long from = y.address() + 4L * row * width;
                    if (accumulate || k > 0) {
                        RowLoops.addScaled(from, factor, to, width);
                    } else {
                        RowLoops.scale(from, factor, to, width);
                    }
                }
            }
        });
    }

    private static void requireGateUp(Tensor gateUp, int rows, int width) {
        gateUp.require(DType.F32);
        if (gateUp.rows() != rows || gateUp.columns() != 2 * width) {
            throw new IllegalArgumentException("expected [" + rows + ", 2·" + width + "], got " + gateUp);
        }
    }

    private static void requireRows(Tensor perRow, int rows) {
        if (perRow != null) {
            perRow.require(DType.F32);
            if (perRow.size() != rows) {
                throw new IllegalArgumentException("expected " + rows + " values, got " + perRow);
            }
        }
    }
}
