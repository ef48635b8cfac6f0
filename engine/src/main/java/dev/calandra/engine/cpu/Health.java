package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Tensor;

/** Decodes whole tensors, and measures what an encoding lost. */
final class Health {

    private static final int ROWS = 64;
    private static final int STATISTICS = 6;
    private static final int DECODED = 0;

    private final Workers workers;
    private final Scratch scratch;
    private final F32Panels panels;

    Health(Workers workers, Scratch scratch, F32Panels panels) {
        this.workers = workers;
        this.scratch = scratch;
        this.panels = panels;
    }

    /** Rows of one task, which all lie in one group. */
    private GroupRows.Piece[] pieces(Fp8Tensor x, Groups groups) {
        int[] offsets = x.layout() == Fp8Tensor.Layout.COLUMN_TILES
                ? GroupRows.offsets(groups, x.rows())
                : new int[] {0, x.rows()};
        return GroupRows.pieces(offsets, ROWS);
    }

    private static int groupStart(Fp8Tensor x, Groups groups, GroupRows.Piece piece) {
        return x.layout() == Fp8Tensor.Layout.COLUMN_TILES ? groups.offsets().getInt(piece.group()) : 0;
    }

    void dequantise(Fp8Tensor x, Groups groups, Tensor out) {
        out.require(DType.F32);
        requireSameSize(x, out);
        int columns = x.columns();
        GroupRows.Piece[] pieces = pieces(x, groups);
        workers.parallel(pieces.length, (task, worker) -> {
            GroupRows.Piece piece = pieces[task];
            long to = out.address() + 4L * piece.first() * columns;
            panels.load(x, piece.group(), groupStart(x, groups, piece), piece.first(), piece.end(), 0, columns, to);
        });
    }

    void statistics(Tensor x, Fp8Tensor encoded, Groups groups, Tensor statistics) {
        x.require(DType.F32);
        statistics.require(DType.F64, STATISTICS);
        requireSameSize(encoded, x);
        GroupRows.Piece[] pieces = pieces(encoded, groups);
        double[][] partial = new double[pieces.length][];
        workers.parallel(pieces.length, (task, worker) -> {
            GroupRows.Piece piece = pieces[task];
            long decoded = scratch.floats(worker, DECODED, (long) piece.rows() * x.columns());
            panels.load(
                    encoded,
                    piece.group(),
                    groupStart(encoded, groups, piece),
                    piece.first(),
                    piece.end(),
                    0,
                    x.columns(),
                    decoded);
            partial[task] = compare(x, encoded, piece, decoded);
        });
        double[] total = new double[STATISTICS];
        for (double[] part : partial) {
            for (int i = 0; i < STATISTICS; i++) {
                total[i] += part[i];
            }
        }
        for (int i = 0; i < STATISTICS; i++) {
            statistics.setDouble(i, total[i]);
        }
    }

    private static double[] compare(Tensor x, Fp8Tensor encoded, GroupRows.Piece piece, long decoded) {
        double[] s = new double[STATISTICS];
        int maximumCode = encoded.format().encode(encoded.format().maximum());
        long start = (long) piece.first() * x.columns();
        for (long i = 0; i < (long) piece.rows() * x.columns(); i++) {
            double value = x.getFloat(start + i);
            double quantised = Lanes.get(decoded + 4 * i);
            int code = Lanes.getByte(encoded.codes().address() + start + i) & 0x7F;
            s[0] += value != 0 ? 1 : 0;
            s[1] += value != 0 && quantised == 0 ? 1 : 0;
            s[2] += code == maximumCode ? 1 : 0;
            s[3] += value * quantised;
            s[4] += value * value;
            s[5] += quantised * quantised;
        }
        return s;
    }

    private static void requireSameSize(Fp8Tensor x, Tensor out) {
        if (x.codes().size() != out.size() || x.columns() != out.columns()) {
            throw new IllegalArgumentException("shapes differ: " + x.codes() + " and " + out);
        }
    }
}
