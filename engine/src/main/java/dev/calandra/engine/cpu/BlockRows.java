package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Tensor;

/**
 * Some rows of a stack of matrices that is encoded in 128x128 blocks. The stack is cut into bands of 128 rows, anew in each matrix;
 * the first and the last band here may have rows that are not here.
 *
 * @param from address of the first row here
 * @param first row of the stack
 * @param end one past the last row here
 * @param columns of all
 * @param matrixRows of one matrix
 */
record BlockRows(long from, int first, int end, int columns, int matrixRows) {

    private static final int TILE = Fp8Tensor.TILE;

    /** @throws IllegalArgumentException when the stack has no such rows */
    static BlockRows of(Tensor w, int firstRow, Fp8Tensor stack) {
        int end = firstRow + w.rows();
        if (stack.layout() != Fp8Tensor.Layout.BLOCKS
                || stack.columns() != w.columns()
                || firstRow < 0
                || end > stack.rows()) {
            throw new IllegalArgumentException("rows " + firstRow + " to " + end + " of " + w.columns()
                    + " columns are not part of a stack of " + stack.rows() + "x" + stack.columns() + " in "
                    + stack.layout());
        }
        return new BlockRows(w.require(DType.F32).address(), firstRow, end, w.columns(), stack.matrixRows());
    }

    private int band(int row) {
        return row / matrixRows * Fp8Tensor.tiles(matrixRows) + row % matrixRows / TILE;
    }

    /** Bands that have rows here. */
    int bands() {
        return first == end ? 0 : band(end - 1) - band(first) + 1;
    }

    /** First row here of a band. */
    private int firstOf(int band) {
        int down = Fp8Tensor.tiles(matrixRows);
        return Math.max(first, band / down * matrixRows + band % down * TILE);
    }

    /** One past the last row here of a band. */
    private int endOf(int band) {
        int down = Fp8Tensor.tiles(matrixRows);
        int inMatrix = Math.min(matrixRows, (band % down + 1) * TILE);
        return Math.min(end, band / down * matrixRows + inMatrix);
    }

    private long address(int row) {
        return from + 4L * (row - first) * columns;
    }

    /**
     * Largest magnitudes of a band's blocks.
     *
     * @param task number of the band among those here
     * @param maxima of the whole stack
     */
    void maxima(int task, long maxima) {
        int band = band(first) + task;
        int across = Fp8Tensor.tiles(columns);
        for (int block = 0; block < across; block++) {
            int start = block * TILE;
            int stop = Math.min(columns, start + TILE);
            int largest = 0;
            for (int r = firstOf(band); r < endOf(band); r++) {
                int bits = RunEncoder.largest(address(r), start, stop, 1f);
                boolean finite = RunEncoder.finite(bits);
                largest = Math.max(largest, finite ? bits : RunEncoder.largestNumber(address(r), start, stop, 1f));
            }
            Lanes.set(maxima + 4L * ((long) band * across + block), Float.intBitsToFloat(largest));
        }
    }

    /**
     * Codes of a band's rows.
     *
     * @param task number of the band among those here
     * @param maxima of the whole stack
     * @param codes of the whole stack
     */
    void encode(int task, long maxima, long codes, RunEncoder encoder) {
        int band = band(first) + task;
        int across = Fp8Tensor.tiles(columns);
        for (int block = 0; block < across; block++) {
            int start = block * TILE;
            int stop = Math.min(columns, start + TILE);
            int largest = Float.floatToRawIntBits(Lanes.get(maxima + 4L * ((long) band * across + block)));
            float multiplier = encoder.multiplier(largest);
            for (int r = firstOf(band); r < endOf(band); r++) {
                long to = codes + (long) r * columns;
                // A NaN is not in the maximum, and with an infinity in the block nothing is scaled to fit.
                if (RunEncoder.finite(largest) && RunEncoder.finite(RunEncoder.largest(address(r), start, stop, 1f))) {
                    encoder.encodeFinite(address(r), to, start, stop, 1f, multiplier);
                } else {
                    encoder.encodeAny(address(r), to, start, stop, 1f, multiplier);
                }
            }
        }
    }
}
