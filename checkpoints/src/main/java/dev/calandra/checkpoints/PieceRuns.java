package dev.calandra.checkpoints;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A box of a row-major tensor as runs that are contiguous both in the box and in the whole: the trailing dimensions that the box covers fully,
 * times its extent in the one before them. A slice along the first dimension is a single run.
 */
record PieceRuns(TensorInfo whole, TensorPiece piece) {

    /**
     * Copies the part of the box that lies in a window of the whole tensor's bytes.
     *
     * @param source holds the box under the tensor's name
     * @param windowStart byte of the whole tensor at the buffer's index 0
     * @param window the rest of the buffer is left alone
     */
    void read(TensorReader source, long windowStart, ByteBuffer window) {
        if (piece.isEmpty()) {
            return;
        }
        int runDimension = runDimension();
        long runBytes = runBytes(runDimension);
        long runs = new TensorInfo(whole.name(), whole.dtype(), piece.shape()).bytes() / runBytes;
        long windowEnd = windowStart + window.limit();
        for (long run = 0; run < runs; run++) {
            long start = runStart(run, runDimension);
            long from = Math.max(start, windowStart);
            long to = Math.min(start + runBytes, windowEnd);
            if (from < to) {
                ByteBuffer part = window.slice((int) (from - windowStart), (int) (to - from));
                source.read(whole.name(), run * runBytes + (from - start), part);
            }
        }
    }

    /** The outermost dimension that lies within one run. */
    private int runDimension() {
        int d = piece.shape().size() - 1;
        while (d > 0 && piece.shape().get(d).equals(whole.shape().get(d))) {
            d--;
        }
        return d;
    }

    private long runBytes(int runDimension) {
        long bytes = whole.dtype().bytes();
        List<Long> shape = piece.shape();
        for (long extent : shape.subList(runDimension, shape.size())) {
            bytes *= extent;
        }
        return bytes;
    }

    /** First byte, in the whole tensor, of the run of an index; runs are counted in the box's row-major order. */
    private long runStart(long run, int runDimension) {
        long[] index = new long[whole.shape().size()];
        long rest = run;
        for (int d = runDimension - 1; d >= 0; d--) {
            index[d] = rest % piece.shape().get(d);
            rest /= piece.shape().get(d);
        }
        long element = 0;
        for (int d = 0; d < index.length; d++) {
            element = element * whole.shape().get(d) + piece.offset().get(d) + index[d];
        }
        return element * whole.dtype().bytes();
    }
}
