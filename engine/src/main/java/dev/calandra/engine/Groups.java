package dev.calandra.engine;

/**
 * Which rows belong to which expert: rows {@code offsets[e]} to {@code offsets[e + 1]} (exclusive) are expert {@code
 * e}'s. Experts may have no rows. A dense layer is one group.
 *
 * <p>The offsets are a tensor because on a device the host need not know them.
 *
 * <p>The same experts may come round several times, with the rows of one source after another: group {@code g} is multiplied
 * with matrix {@code g mod matrices}, while gradients of weights, and tiles along the rows, are each group's own.
 *
 * @param offsets I32 [count + 1], non-decreasing, starting at 0, ending at the number of rows
 * @param matrices a divisor of the number of groups
 */
public record Groups(Tensor offsets, int matrices) {

    public Groups {
        offsets.require(DType.I32);
        if (offsets.size() < 2) {
            throw new IllegalArgumentException("groups need at least two offsets, got " + offsets.size());
        }
        if (matrices < 1 || (offsets.size() - 1) % matrices != 0) {
            throw new IllegalArgumentException(
                    (offsets.size() - 1) + " groups do not go round " + matrices + " matrices");
        }
    }

    /** A matrix for each group. */
    public Groups(Tensor offsets) {
        this(offsets, Math.max(1, Math.toIntExact(offsets.size()) - 1));
    }

    /** The matrix that a group's rows are multiplied with. */
    public int matrix(int group) {
        return group % matrices;
    }

    /** The same groups on a second handle of the offsets. */
    public Groups share() {
        return new Groups(offsets.share(), matrices);
    }

    /** Number of groups. */
    public int count() {
        return (int) offsets.size() - 1;
    }
}
