package dev.calandra.engine;

/**
 * Which rows belong to which expert: rows {@code offsets[e]} to {@code offsets[e + 1]} (exclusive) are expert {@code
 * e}'s. Experts may have no rows. A dense layer is one group.
 *
 * <p>The offsets are a tensor because on a device the host need not know them.
 *
 * @param offsets I32 [count + 1], non-decreasing, starting at 0, ending at the number of rows
 */
public record Groups(Tensor offsets) {

    public Groups {
        offsets.require(DType.I32);
        if (offsets.size() < 2) {
            throw new IllegalArgumentException("groups need at least two offsets, got " + offsets.size());
        }
    }

    /** Number of groups. */
    public int count() {
        return (int) offsets.size() - 1;
    }
}
