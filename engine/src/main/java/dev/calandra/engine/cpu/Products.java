package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;

/**
 * Matrix products over groups of rows. Operands that are not F32 in place are brought into panels by the thread that
 * multiplies them, a piece at a time, so that decoded values live in the cache only.
 */
final class Products {

    /** Rows of a piece of work: enough for OpenBLAS to pay for its packing, few enough for the panel to stay in cache. */
    private static final int ROWS = 512;
    /** Outputs of a weight gradient computed together when there is only one group to share out. */
    private static final int OUTPUTS = 128;

    private static final int X = 0;
    private static final int W = 1;

    private final Workers workers;
    private final Scratch scratch;
    private final Blas blas;
    private final F32Panels f32Panels;
    private final Bf16Panels bf16Panels;

    Products(Workers workers, Scratch scratch, Blas blas, Quantiser quantiser) {
        this.workers = workers;
        this.scratch = scratch;
        this.blas = blas;
        this.f32Panels = new F32Panels(quantiser);
        this.bf16Panels = new Bf16Panels(quantiser);
    }

    /** BF16 panels hold the values of FP8 and BF16 exactly and multiply at twice the rate where the processor can. */
    private Panels panels(Operand a, Operand b) {
        return blas.multipliesBf16() && Bf16Panels.exact(a) && Bf16Panels.exact(b) ? bf16Panels : f32Panels;
    }

    void linear(Operand x, Operand w, Groups groups, Tensor y) {
        int k = x.columns();
        int n = y.columns();
        requireShapes(x.rows() == y.rows() && w.columns() == k && w.rows() == groups.matrices() * n, x, w, y);
        y.require(DType.F32);
        product(x, w, groups, y, n, k, false, 0f);
    }

    void linearInputGrad(Operand dy, Operand w, Groups groups, Tensor dx, boolean accumulate) {
        int n = dy.columns();
        int k = dx.columns();
        requireShapes(dy.rows() == dx.rows() && w.columns() == k && w.rows() == groups.matrices() * n, dy, w, dx);
        dx.require(DType.F32);
        product(dy, w, groups, dx, n, k, true, accumulate ? 1f : 0f);
    }

    /** out = x·wᵀ (forward, x [R, k]) or x·w (input gradient, x [R, n]), with w [n, k] of each row's group. */
    private void product(Operand x, Operand w, Groups groups, Tensor out, int n, int k, boolean inputGrad, float beta) {
        Panels panels = panels(x, w);
        int bytes = panels.dtype().bytes();
        int[] offsets = GroupRows.offsets(groups, x.rows());
        GroupRows.Piece[] pieces = GroupRows.pieces(offsets, ROWS);
        int inner = x.columns();
        int outer = out.columns();
        long weights = weights(panels, w, groups.matrices(), n, k);
        workers.parallel(pieces.length, (task, worker) -> {
            GroupRows.Piece piece = pieces[task];
            int rows = piece.rows();
            int matrix = groups.matrix(piece.group());
            long xPanel = panel(panels, x, piece, offsets[piece.group()], 0, inner, worker, X);
            long wPanel = weights != 0
                    ? weights + (long) bytes * matrix * n * k
                    : weightPanel(panels, w, matrix, n, k, worker);
            long to = out.address() + 4L * piece.first() * outer;
            blas.gemm(panels.dtype(), false, !inputGrad, rows, outer, inner, xPanel, inner, wPanel, k, beta, to, outer);
        });
    }

    /** Address of the matrices if they stand there as the product wants them, or if there is one, decoded once for all threads; else 0. */
    private long weights(Panels panels, Operand w, int matrices, int n, int k) {
        if (panels.inPlace(w)) {
            return ((Tensor) w).address();
        }
        if (matrices > 1) {
            return 0;
        }
        long decoded = scratch.sharedFloats(0, (long) n * k);
        int pieces = (n + OUTPUTS - 1) / OUTPUTS;
        workers.parallel(pieces, (task, worker) -> {
            int first = task * OUTPUTS;
            panels.load(
                    w,
                    0,
                    0,
                    first,
                    Math.min(n, first + OUTPUTS),
                    0,
                    k,
                    decoded + (long) panels.dtype().bytes() * first * k);
        });
        return decoded;
    }

    private long weightPanel(Panels panels, Operand w, int matrix, int n, int k, int worker) {
        long panel = scratch.floats(worker, W, (long) n * k);
        panels.load(w, 0, 0, matrix * n, (matrix + 1) * n, 0, k, panel);
        return panel;
    }

    void linearWeightGrad(Operand dy, Operand x, Groups groups, Tensor dw) {
        int n = dy.columns();
        int k = x.columns();
        requireShapes(dy.rows() == x.rows() && dw.columns() == k && dw.rows() == groups.count() * n, dy, x, dw);
        dw.require(DType.F32);
        Panels panels = panels(dy, x);
        int[] offsets = GroupRows.offsets(groups, x.rows());
        GroupRows.Piece[] wholeGroups = GroupRows.groups(offsets);
        int outputs = groups.count() == 1 ? OUTPUTS : n;
        int parts = (n + outputs - 1) / outputs;
        workers.parallel(wholeGroups.length * parts, (task, worker) -> {
            GroupRows.Piece group = wholeGroups[task / parts];
            int from = task % parts * outputs;
            weightGrad(panels, dy, x, dw, group, from, Math.min(n, from + outputs), worker);
        });
    }

    /** Outputs from to to of one group's matrix, token by token block in order. */
    private void weightGrad(
            Panels panels, Operand dy, Operand x, Tensor dw, GroupRows.Piece group, int from, int to, int worker) {
        int n = dy.columns();
        int k = x.columns();
        long out = dw.address() + 4L * ((long) group.group() * n + from) * k;
        for (int first = group.first(); first < group.end(); first += ROWS) {
            GroupRows.Piece rows = new GroupRows.Piece(group.group(), first, Math.min(group.end(), first + ROWS));
            long dyPanel = panel(panels, dy, rows, group.first(), from, to, worker, W);
            long xPanel = panel(panels, x, rows, group.first(), 0, k, worker, X);
            int dyStride = panels.inPlace(dy) ? n : to - from;
            blas.gemm(panels.dtype(), true, false, to - from, k, rows.rows(), dyPanel, dyStride, xPanel, k, 1f, out, k);
        }
    }

    private long panel(
            Panels panels, Operand x, GroupRows.Piece piece, int groupStart, int from, int to, int worker, int slot) {
        if (panels.inPlace(x)) {
            return ((Tensor) x).address() + (long) panels.dtype().bytes() * ((long) piece.first() * x.columns() + from);
        }
        long panel = scratch.floats(worker, slot, (long) piece.rows() * (to - from));
        panels.load(x, piece.group(), groupStart, piece.first(), piece.end(), from, to, panel);
        return panel;
    }

    private static void requireShapes(boolean fit, Operand a, Operand b, Operand c) {
        if (!fit) {
            throw new IllegalArgumentException(
                    "shapes do not fit a product: " + shape(a) + ", " + shape(b) + ", " + shape(c));
        }
    }

    private static String shape(Operand x) {
        return "[" + x.rows() + ", " + x.columns() + "]";
    }
}
