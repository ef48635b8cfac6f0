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
     * One of so many equal shares; where the rows cannot be shared out evenly, the first shares have one more. The shares of all indices
     * cover every row once.
     *
     * @param index of the share, from 0
     */
    public static RowRange share(long rows, int index, int count) {
        if (count < 1 || index < 0 || index >= count) {
            throw new IllegalArgumentException("share " + index + " of " + count);
        }
        long size = rows / count;
        long longer = rows % count;
        long from = index * size + Math.min(index, longer);
        return new RowRange(from, from + size + (index < longer ? 1 : 0));
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
