package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/** Rows of the embedding table, and the way of their gradients back into it. */
final class Embedding {

    private static final int TOKENS = 64;
    /** Columns of the embedding's gradient that one task takes, for all tokens in order. */
    private static final int COLUMNS = 64;

    private final Workers workers;

    Embedding(Workers workers) {
        this.workers = workers;
    }

    void forward(Tensor table, Tensor id, Tensor out) {
        int[] ids = ids(id, table);
        int width = table.columns();
        out.require(DType.F32, ids.length, width);
        workers.parallel((ids.length + TOKENS - 1) / TOKENS, (task, worker) -> {
            for (int t = task * TOKENS; t < Math.min(ids.length, (task + 1) * TOKENS); t++) {
                Lanes.copyFloats(table.address() + 4L * ids[t] * width, out.address() + 4L * t * width, width);
            }
        });
    }

    void backward(Tensor dOut, Tensor id, Tensor dTable) {
        int[] ids = ids(id, dTable);
        int width = dTable.columns();
        dOut.require(DType.F32, ids.length, width);
        workers.parallel((width + COLUMNS - 1) / COLUMNS, (task, worker) -> {
            int from = task * COLUMNS;
            int count = Math.min(COLUMNS, width - from);
            for (int t = 0; t < ids.length; t++) {
                long to = dTable.address() + 4L * ((long) ids[t] * width + from);
                RowLoops.add(to, dOut.address() + 4L * ((long) t * width + from), to, count);
            }
        });
    }

    private static int[] ids(Tensor id, Tensor table) {
        int[] ids = id.toInts();
        int vocabulary = table.require(DType.F32).dim(0);
        for (int token : ids) {
            if (token < 0 || token >= vocabulary) {
                throw new IndexOutOfBoundsException(
                        "token id " + token + " is outside the vocabulary of " + vocabulary);
            }
        }
        return ids;
    }
}
