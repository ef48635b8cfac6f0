package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import jdk.incubator.vector.FloatVector;

/** Panels of F32, which holds the values of every operand. */
final class F32Panels implements Panels {

    private static final int TILE = Fp8Tensor.TILE;

    private final Quantiser quantiser;

    F32Panels(Quantiser quantiser) {
        this.quantiser = quantiser;
    }

    @Override
    public DType dtype() {
        return DType.F32;
    }

    @Override
    public void load(Operand x, int group, int groupStart, int first, int end, int from, int to, long out) {
        int width = to - from;
        for (int r = first; r < end; r++) {
            loadRow(x, group, groupStart, r, from, to, out + 4L * (r - first) * width);
        }
    }

    private void loadRow(Operand x, int group, int groupStart, int r, int from, int to, long out) {
        switch (x) {
            case Tensor tensor -> loadPlain(tensor, r, from, to, out);
            case Fp8Tensor fp8 -> loadCodes(fp8, group, groupStart, r, from, to, out);
            case GatheredRows gathered -> loadGathered(gathered, r, from, to, out);
        }
    }

    private void loadGathered(GatheredRows gathered, int r, int from, int to, long out) {
        loadRow(gathered.source(), 0, 0, sourceRow(gathered, r), from, to, out);
        if (gathered.scale() != null) {
            RowLoops.scale(out, gathered.scale().getFloat(r), out, to - from);
        }
    }

    /** The row of the source that row r is, checked. */
    static int sourceRow(GatheredRows gathered, int r) {
        int row = gathered.index().getInt(r);
        if (row < 0 || row >= gathered.source().rows()) {
            throw new IndexOutOfBoundsException("row " + row + " of " + gathered.source());
        }
        return row;
    }

    private static void loadPlain(Tensor x, int r, int from, int to, long out) {
        long row = (long) r * x.columns();
        if (x.dtype() == DType.BF16) {
            long base = x.address();
            for (int c = from; c < to; c++) {
                Lanes.set(out + 4L * (c - from), Bf16.decode(Lanes.getShort(base + 2 * (row + c))));
            }
        } else {
            Lanes.copyFloats(x.require(DType.F32).address() + 4 * (row + from), out, to - from);
        }
    }

    private void loadCodes(Fp8Tensor x, int group, int groupStart, int r, int from, int to, long out) {
        Fp8Lanes lanes = quantiser.lanes(x.format());
        long codes = x.codes().address() + (long) r * x.columns();
        if (x.layout() == Fp8Tensor.Layout.COLUMN_TILES) {
            long scaleRow = ColumnTile.firstScaleRow(groupStart, group) + (r - groupStart) / TILE;
            long scales = x.scales().address() + 4 * scaleRow * x.columns();
            decodeAcross(codes, scales, from, to, out, lanes);
        } else {
            decodeAlong(codes, x.scales().address() + 4 * Panels.firstScale(x, r), from, to, out, lanes);
        }
    }

    /** One scale for 128 neighbours of the row. */
    private static void decodeAlong(long codes, long scales, int from, int to, long out, Fp8Lanes lanes) {
        for (int start = from; start < to; ) {
            int end = Math.min(to, (start / TILE + 1) * TILE);
            float scale = Lanes.get(scales + 4L * (start / TILE));
            int c = start;
            for (; c <= end - Lanes.N; c += Lanes.N) {
                Lanes.store(lanes.decode(Lanes.loadBytes(codes + c)).mul(scale), out + 4L * (c - from));
            }
            for (; c < end; c++) {
                Lanes.set(out + 4L * (c - from), lanes.decodeOne(codes + c) * scale);
            }
            start = end;
        }
    }

    /** A scale for each column. */
    private static void decodeAcross(long codes, long scales, int from, int to, long out, Fp8Lanes lanes) {
        int c = from;
        for (; c <= to - Lanes.N; c += Lanes.N) {
            FloatVector scale = Lanes.load(scales + 4L * c);
            Lanes.store(lanes.decode(Lanes.loadBytes(codes + c)).mul(scale), out + 4L * (c - from));
        }
        for (; c < to; c++) {
            Lanes.set(out + 4L * (c - from), lanes.decodeOne(codes + c) * Lanes.get(scales + 4L * c));
        }
    }
}
