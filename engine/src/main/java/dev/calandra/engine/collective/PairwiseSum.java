package dev.calandra.engine.collective;

/**
 * The order in which many addends are added: those of the first half, those of the second half, then the two sums; the halves
 * likewise. A rank that has a block of the addends can add it by itself, and the blocks' sums give what all addends give, bit
 * for bit, wherever the blocks are halves, quarters and so on; see {@link #blocks}.
 */
public final class PairwiseSum {

    private PairwiseSum() {}

    /** Adds one addend to another in place. */
    @FunctionalInterface
    public interface Addition {
        /** The addend at {@code into} becomes the sum of both; that at {@code from} is not used again. */
        void add(int into, int from);
    }

    /** Adds up the addends 0 to count (exclusive); the sum stands at 0. */
    public static void of(int count, Addition addition) {
        of(0, count, addition);
    }

    private static void of(int first, int end, Addition addition) {
        if (end - first > 1) {
            int middle = first + (end - first) / 2;
            of(first, middle, addition);
            of(middle, end, addition);
            addition.add(first, middle);
        }
    }

    /**
     * The same order for addends that come one after another: by addend, how many of the latest sums it is added to as soon as
     * it is there. What comes out is the latest sum then.
     */
    public static int[] whenTheyCome(int count) {
        int[] additions = new int[count];
        whenTheyCome(0, count, additions);
        return additions;
    }

    private static void whenTheyCome(int first, int end, int[] additions) {
        if (end - first > 1) {
            int middle = first + (end - first) / 2;
            whenTheyCome(first, middle, additions);
            whenTheyCome(middle, end, additions);
            additions[end - 1]++;
        }
    }

    /** Whether the addends can be shared out in so many equal blocks without changing the sum. */
    public static boolean blocks(int addends, int blocks) {
        if (addends % blocks != 0) {
            return false;
        }
        return blocks == 1
                || blocks == addends
                || blocks % 2 == 0 && addends % 2 == 0 && blocks(addends / 2, blocks / 2);
    }
}
