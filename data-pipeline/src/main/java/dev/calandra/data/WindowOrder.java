package dev.calandra.data;

import dev.calandra.data.mixture.FeistelPermutation;
import dev.calandra.data.mixture.Mixer;

/**
 * The order in which an epoch serves the windows of a source: neighbouring windows form groups, the groups come in a permuted order, and so
 * do the windows of each group. A source of one group is permuted as a whole; of a larger one only a group's shards are wanted at a time,
 * which bounds what has to be mapped, fetched or packed. Closed form: no memory, whatever the number of windows.
 */
final class WindowOrder {
    private static final long GROUPS = 0x67726F7570733131L;
    private static final long WINDOWS = 0x77696E646F777331L;

    private final long windows;
    private final long groupSize;
    private final long groups;
    private final long key;

    /**
     * An order.
     *
     * @param windows of the source, at least 1
     * @param groupSize windows of a group; the last group also takes what remains
     */
    WindowOrder(long windows, long groupSize, long key) {
        this.windows = windows;
        this.groupSize = Math.min(groupSize, windows);
        this.groups = windows / this.groupSize;
        this.key = key;
    }

    /** The window that an epoch serves at a place, 0 to windows - 1. */
    long window(long epoch, long place) {
        if (place < 0 || place >= windows) {
            throw new IndexOutOfBoundsException("place %d of %d windows".formatted(place, windows));
        }
        // The last group is the larger one, so its turn has to be known to find the others'.
        long lastTurn = Math.floorMod(Mixer.mix(GROUPS, key, epoch), groups);
        long lastStart = lastTurn * groupSize;
        long lastSize = windows - (groups - 1) * groupSize;
        if (place >= lastStart && place < lastStart + lastSize) {
            return inGroup(epoch, groups - 1, lastSize, place - lastStart);
        }
        long rank = place < lastStart ? place : place - lastSize;
        long group = new FeistelPermutation(groups - 1, Mixer.mix(GROUPS, epoch, key)).apply(rank / groupSize);
        return inGroup(epoch, group, groupSize, rank % groupSize);
    }

    private long inGroup(long epoch, long group, long size, long place) {
        return group * groupSize + new FeistelPermutation(size, Mixer.mix(WINDOWS, key, epoch, group)).apply(place);
    }
}
