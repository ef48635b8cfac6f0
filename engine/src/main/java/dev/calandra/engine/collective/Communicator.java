package dev.calandra.engine.collective;

import dev.calandra.engine.Tensor;
import java.util.List;
import java.util.function.Consumer;

/**
 * A group of ranks, seen from one of them. Every rank of the group must call the same operations in the same order, with
 * operands that fit together; one thread of a rank at a time.
 *
 * <p>A sum over ranks is taken in the order of {@link PairwiseSum}, whatever carries the bytes: the same layout gives the same
 * bits twice, and a group of threads those of a group of processes. Every rank gets the same bits.
 *
 * <p>Every operation throws {@link RankFailedException} when another rank has failed; the group is of no use then.
 */
public interface Communicator extends AutoCloseable {

    /** This rank's number within the group, from 0. */
    int rank();

    /** Ranks of the group. */
    int size();

    /** What carries the bytes, for the log. */
    String name();

    /** Replaces the values, F32 or F64, by the reduction of all ranks' values. */
    void allReduce(Tensor values, Reduction reduction);

    /** The element-wise reduction of all ranks' values, which are equally many. */
    long[] allReduce(long[] values, Reduction reduction);

    /** The element-wise reduction of all ranks' values, which are equally many. */
    double[] allReduce(double[] values, Reduction reduction);

    /**
     * Each rank gets its part of the sum of all ranks' values.
     *
     * @param values F32, the parts one behind the other
     * @param counts elements of each rank's part
     * @param own F32, overwritten with this rank's part
     */
    void reduceScatter(Tensor values, long[] counts, Tensor own);

    /**
     * Each rank gets what all ranks have, one behind the other.
     *
     * @param own of any type
     * @param counts elements of each rank's
     * @param all of the same type, overwritten
     */
    void allGather(Tensor own, long[] counts, Tensor all);

    /** What every rank has, in the order of the ranks; lengths may differ. */
    List<byte[]> allGather(byte[] own);

    /**
     * Each rank sends each rank some rows and gets some from each, both in the order of the ranks.
     *
     * @param rows of any type, seen as rows of its last axis
     * @param sent rows for each rank
     * @param received of the same type and row length, overwritten
     * @param arriving rows from each rank
     */
    void allToAll(Tensor rows, int[] sent, Tensor received, int[] arriving);

    /** Each rank sends each rank as many integers: part i of the values goes to rank i, and part i of the result is from it. */
    int[] allToAll(int[] values);

    /** The bytes of one rank; the others' are not looked at. */
    byte[] broadcast(byte[] values, int root);

    /** Returns when every rank has called it. */
    void barrier();

    /** A group of those ranks that give the same colour, in their present order; the caller's to close. */
    Communicator split(int colour);

    /**
     * Runs collectives on a thread of their own while this one goes on computing. What is started is run in the order of
     * starting, on a group of the same ranks; every rank must start the same. Once something has thrown, nothing that was started
     * after it is run, and the other ranks are told.
     */
    Pending start(Consumer<Communicator> collectives);

    /** Something started that may not be finished. */
    @FunctionalInterface
    interface Pending {
        /** Returns when it is finished; throws what it has thrown. */
        void await();
    }

    /** What this rank has moved, in this group and those split from it. */
    Traffic traffic();

    /** Frees what this rank holds of the group; what was started and not awaited is given up. */
    @Override
    void close();
}
