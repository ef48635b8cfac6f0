package dev.calandra.engine;

/**
 * Which row of the expert-sorted order each (token, choice) takes, and back. Rows are sorted by expert, then by token.
 *
 * @param groups rows of each expert
 * @param slot I32 [T, K]: row of choice k of token t
 * @param token I32 [R]: token of a row, R = T·K
 * @param choice I32 [R]: {@code t·K + k} of a row
 */
public record DispatchPlan(Groups groups, Tensor slot, Tensor token, Tensor choice) implements AutoCloseable {

    /** Allocates the plan of T tokens with K choices among the experts. */
    public static DispatchPlan allocate(TensorMemory memory, int tokens, int topK, int experts) {
        int rows = tokens * topK;
        return new DispatchPlan(
                new Groups(memory.allocate(DType.I32, experts + 1)),
                memory.allocate(DType.I32, tokens, topK),
                memory.allocate(DType.I32, rows),
                memory.allocate(DType.I32, rows));
    }

    /** Rows in all: tokens times choices. */
    public int rows() {
        return (int) token.size();
    }

    /** A second handle on the same plan. */
    public DispatchPlan share() {
        return new DispatchPlan(groups.share(), slot.share(), token.share(), choice.share());
    }

    @Override
    public void close() {
        groups.offsets().close();
        slot.close();
        token.close();
        choice.close();
    }
}
