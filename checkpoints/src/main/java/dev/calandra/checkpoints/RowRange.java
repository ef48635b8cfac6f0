package dev.calandra.checkpoints;

/**
 * Rows of a tensor, or entries of any other sequence: from (inclusive) to to (exclusive). A tensor's rows are the entries of its first axis,
 * and lie one behind the other.
 */
public record RowRange(long from, long to) {
    /** @throws IllegalArgumentException when it ends before it begins, or begins before 0 */
    public RowRange {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("no range: " + from + " to " + to);
        }
    }

    /**
     * One of so many equal shares; where the rows cannot be shared out evenly, some have one more. The shares of all indices
     * cover every row once, and a share is made of whole shares of any multiple of the count.
     *
     * @param index of the share, from 0
     */
    public static RowRange share(long rows, int index, int count) {
        if (count < 1 || index < 0 || index >= count) {
            throw new IllegalArgumentException("share " + index + " of " + count);
        }
        long size = rows / count;
        long longer = rows % count;
        long from = index * size + index * longer / count;
        return new RowRange(from, (index + 1) * size + (index + 1) * longer / count);
    }

    /** Number of rows. */
    public long rows() {
        return to - from;
    }

    public boolean isEmpty() {
        return from == to;
    }

    /** The rows in both; empty where they have none in common. */
    public RowRange intersection(RowRange other) {
        long first = Math.max(from, other.from);
        return new RowRange(first, Math.max(first, Math.min(to, other.to)));
    }

    /** The same rows, counted from another one on, which must not lie behind the first. */
    public RowRange countedFrom(long origin) {
        return new RowRange(from - origin, to - origin);
    }
}
