package dev.calandra.engine.collective;

import java.lang.foreign.MemorySegment;

/** A group of one: every collective is a copy or nothing. */
public final class SingleRank extends OrderedCommunicator {

    /** A group for one run. */
    public SingleRank() {
        this(new Traffic());
    }

    private SingleRank(Traffic traffic) {
        super(traffic);
    }

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public String name() {
        return "one rank";
    }

    @Override
    void exchange(MemorySegment send, long[] sentBytes, MemorySegment receive, long[] arrivingBytes) {
        receive.asSlice(0, arrivingBytes[0]).copyFrom(send.asSlice(0, sentBytes[0]));
    }

    @Override
    void gather(MemorySegment own, MemorySegment all, long[] bytes) {
        all.asSlice(0, bytes[0]).copyFrom(own.asSlice(0, bytes[0]));
    }

    @Override
    void spread(MemorySegment data, int root) {
        // The only rank has the data already.
    }

    @Override
    void meet() {
        // Nobody to wait for.
    }

    @Override
    OrderedCommunicator twin() {
        return new SingleRank(traffic());
    }

    @Override
    OrderedCommunicator part(int colour) {
        return new SingleRank(traffic());
    }

    @Override
    void fail(Throwable cause) {
        // Nobody to tell.
    }

    @Override
    void release() {
        // Nothing is held.
    }
}
