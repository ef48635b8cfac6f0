package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.fp8.Fp8Format;

/**
 * Panels of BF16, for operands whose values BF16 holds exactly: an FP8 value has fewer mantissa bits, and its scale is a
 * power of two.
 */
final class Bf16Panels implements Panels {

    private static final int TILE = Fp8Tensor.TILE;

    private final Quantiser quantiser;

    Bf16Panels(Quantiser quantiser) {
        this.quantiser = quantiser;
    }

    /** Whether BF16 holds every value of the operand. */
    static boolean exact(Operand x) {
        return switch (x) {
            case Tensor tensor -> tensor.dtype() == DType.BF16;
            case Fp8Tensor fp8 -> true;
            case GatheredRows gathered -> gathered.scale() == null && exact(gathered.source());
        };
    }

    @Override
    public DType dtype() {
        return DType.BF16;
    }

    @Override
    public void load(Operand x, int group, int groupStart, int first, int end, int from, int to, long out) {
        if (x instanceof Fp8Tensor fp8 && fp8.layout() == Fp8Tensor.Layout.COLUMN_TILES) {
            loadColumnTiles(fp8, group, groupStart, first, end, from, to, out);
            return;
        }
        for (int r = first; r < end; r++) {
            loadRow(x, r, from, to, out + 2L * (r - first) * (to - from));
        }
    }

    private void loadRow(Operand x, int r, int from, int to, long out) {
        switch (x) {
            case Tensor tensor ->
                Lanes.copyBytes(tensor.address() + 2 * ((long) r * tensor.columns() + from), out, 2L * (to - from));
            case Fp8Tensor fp8 -> loadCodes(fp8, r, from, to, out);
            case GatheredRows gathered -> loadRow(gathered.source(), F32Panels.sourceRow(gathered, r), from, to, out);
        }
    }

    /** Row tiles and blocks: one scale for 128 neighbours of the row. */
    private void loadCodes(Fp8Tensor x, int r, int from, int to, long out) {
        long codes = x.codes().address() + (long) r * x.columns();
        long scales = x.scales().address() + 4 * Panels.firstScale(x, r);
        Fp8Lanes lanes = quantiser.lanes(x.format());
        for (int start = from; start < to; ) {
            int end = Math.min(to, (start / TILE + 1) * TILE);
            float scale = Lanes.get(scales + 4L * (start / TILE));
            int exponent = Bf16Codes.exponent(scale);
            int c = start;
            if (x.format() == Fp8Format.E4M3 && Bf16Codes.inRange(exponent)) {
                c = Bf16Codes.decodeRun(codes, start, end, exponent, out - 2L * from);
            }
            for (; c < end; c++) {
                set(out + 2L * (c - from), lanes.decodeOne(codes + c) * scale);
            }
            start = end;
        }
    }

    /** A scale for each column, the same over the rows of a tile. */
    private void loadColumnTiles(
            Fp8Tensor x, int group, int groupStart, int first, int end, int from, int to, long out) {
        int width = to - from;
        short[] exponents = new short[width];
        for (int start = first; start < end; ) {
            int tile = (start - groupStart) / TILE;
            int stop = Math.min(end, groupStart + (tile + 1) * TILE);
            long scaleRow = ColumnTile.firstScaleRow(groupStart, group) + tile;
            long scales = x.scales().address() + 4 * (scaleRow * x.columns() + from);
            boolean fast = x.format() == Fp8Format.E4M3 && Bf16Codes.exponents(scales, exponents);
            for (int r = start; r < stop; r++) {
                long codes = x.codes().address() + (long) r * x.columns() + from;
                long to16 = out + 2L * (r - first) * width;
                int decoded = fast ? Bf16Codes.decodeAcross(codes, exponents, to16) : 0;
                slowAcross(quantiser.lanes(x.format()), codes, scales, decoded, width, to16);
            }
            start = stop;
        }
    }

    private static void slowAcross(Fp8Lanes lanes, long codes, long scales, int from, int width, long out) {
        for (int c = from; c < width; c++) {
            set(out + 2L * c, lanes.decodeOne(codes + c) * Lanes.get(scales + 4L * c));
        }
    }

    /** Stores a value that BF16 holds. */
    private static void set(long address, float value) {
        Lanes.setShort(address, Bf16.encode(value));
    }
}
