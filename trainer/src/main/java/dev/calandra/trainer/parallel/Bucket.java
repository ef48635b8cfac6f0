package dev.calandra.trainer.parallel;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.trainer.model.Parameter;
import java.util.List;
import java.util.function.Function;

/**
 * Parameters that the same ranks hold, sent in one message. In the message the rows stand by owner, then by parameter.
 *
 * @param parameters all of experts, or none
 * @param ranks of the run
 * @param memory where messages are put together
 */
record Bucket(List<Parameter> parameters, Ranks ranks, TensorMemory memory) {

    private long[] counts(Communicator holders) {
        long[] counts = new long[holders.size()];
        for (Parameter parameter : parameters) {
            List<RowRange> shares = ranks.shares(parameter);
            for (int r = 0; r < counts.length; r++) {
                counts[r] += shares.get(r).rows() * parameter.columns();
            }
        }
        return counts;
    }

    private int total() {
        return Math.toIntExact(parameters.stream()
                .mapToLong(parameter -> parameter.value().size())
                .sum());
    }

    /** Replaces the owned rows of each gradient by their sum over the holders. */
    void reduceGradients(Communicator holders) {
        long[] counts = counts(holders);
        try (Tensor all = memory.allocate(DType.F32, total());
                Tensor own = memory.allocate(DType.F32, Math.toIntExact(counts[holders.rank()]))) {
            int at = 0;
            for (int r = 0; r < counts.length; r++) {
                at += copy(r, Parameter::gradient, all.slice(at, at + Math.toIntExact(counts[r])), Way.OUT);
            }
            holders.reduceScatter(all, counts, own);
            copy(holders.rank(), Parameter::gradient, own, Way.IN);
        }
    }

    /** Overwrites the rows of each value by those of their owners. */
    void gatherValues(Communicator holders) {
        long[] counts = counts(holders);
        try (Tensor all = memory.allocate(DType.F32, total());
                Tensor own = memory.allocate(DType.F32, Math.toIntExact(counts[holders.rank()]))) {
            copy(holders.rank(), Parameter::value, own, Way.OUT);
            holders.allGather(own, counts, all);
            int at = 0;
            for (int r = 0; r < counts.length; r++) {
                at += copy(r, Parameter::value, all.slice(at, at + Math.toIntExact(counts[r])), Way.IN);
            }
        }
    }

    /** Which way rows are copied: out of the parameters or into them. */
    private enum Way {
        OUT,
        IN
    }

    /** Copies the rows that a holder owns, one parameter after another. */
    private int copy(int holder, Function<Parameter, Tensor> which, Tensor message, Way way) {
        int at = 0;
        for (Parameter parameter : parameters) {
            RowRange share = ranks.shares(parameter).get(holder);
            Tensor rows = parameter.rows(which.apply(parameter), share);
            int size = Math.toIntExact(rows.size());
            Tensor part = message.slice(at, at + size).reshape(rows.shape());
            switch (way) {
                case OUT -> part.copyFrom(rows);
                case IN -> rows.copyFrom(part);
            }
            at += size;
        }
        return at;
    }
}
