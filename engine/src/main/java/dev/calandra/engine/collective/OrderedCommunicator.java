package dev.calandra.engine.collective;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Collectives over four ways to move bytes. A reduction moves every rank's part to the rank that reduces it, which adds in the
 * order of {@link PairwiseSum}, and gathers the results: the volume of a ring's reduce-scatter and all-gather, with an order that does
 * not depend on timing or on the algorithm that a library picks.
 */
abstract class OrderedCommunicator implements Communicator {

    /** Elements that one round of an all-reduce takes; bounds the memory it needs beside the values. */
    private static final long ROUND = 1L << 20;
    /** Below this many elements per rank, everybody gathers and reduces everything: one exchange instead of two. */
    private static final long SMALL = 256;

    private final Traffic traffic;
    private Arena scratchArena = Arena.ofShared();
    private MemorySegment scratch = MemorySegment.NULL;
    private BackgroundCollectives started;

    OrderedCommunicator(Traffic traffic) {
        this.traffic = traffic;
    }

    /** All-to-all: part i goes to rank i. The parts lie one behind the other in the order of the ranks. */
    abstract void exchange(MemorySegment send, long[] sentBytes, MemorySegment receive, long[] arrivingBytes);

    /** All-gather. */
    abstract void gather(MemorySegment own, MemorySegment all, long[] bytes);

    /** Broadcast. */
    abstract void spread(MemorySegment data, int root);

    /** Barrier. */
    abstract void meet();

    /** A group of the same ranks for another thread; collective. */
    abstract OrderedCommunicator twin();

    /** A group of the ranks of one colour; collective. */
    abstract OrderedCommunicator part(int colour);

    /** This rank cannot go on with the group: all who wait for it, in this group or another, are to end. */
    abstract void fail(Throwable cause);

    /** Frees what the group itself holds. */
    abstract void release();

    @Override
    public final Traffic traffic() {
        return traffic;
    }

    @Override
    public final void allReduce(Tensor values, Reduction reduction) {
        if (values.dtype() != DType.F32 && values.dtype() != DType.F64) {
            throw new IllegalArgumentException("only F32 and F64 are reduced, got " + values);
        }
        timed(Collective.ALL_REDUCE, allReduceBytes(values), () -> {
            int width = values.dtype().bytes();
            for (long from = 0; from < values.size(); from += ROUND) {
                long count = Math.min(ROUND, values.size() - from);
                reduceRound(values.segment().asSlice(from * width, count * width), values.dtype(), count, reduction);
            }
        });
    }

    private long allReduceBytes(Tensor values) {
        return values.byteSize() / size() * 2 * (size() - 1);
    }

    private void reduceRound(MemorySegment values, DType dtype, long count, Reduction reduction) {
        int width = dtype.bytes();
        if (count <= SMALL * size()) {
            MemorySegment all = scratch(count * width * size());
            long[] equal = new long[size()];
            Arrays.fill(equal, count * width);
            gather(values, all, equal);
            values.copyFrom(reduce(all, dtype, count, reduction));
            return;
        }
        long[] bytes = new long[size()];
        for (int r = 0; r < bytes.length; r++) {
            bytes[r] = (count * (r + 1) / size() - count * r / size()) * width;
        }
        long[] mine = new long[size()];
        Arrays.fill(mine, bytes[rank()]);
        MemorySegment parts = scratch(bytes[rank()] * size());
        exchange(values, bytes, parts, mine);
        gather(reduce(parts, dtype, bytes[rank()] / width, reduction), values, bytes);
    }

    private MemorySegment reduce(MemorySegment ranks, DType dtype, long count, Reduction reduction) {
        return dtype == DType.F32
                ? OrderedReduction.floats(ranks, count, size(), reduction)
                : OrderedReduction.doubles(ranks, count, size(), reduction);
    }

    @Override
    public final long[] allReduce(long[] values, Reduction reduction) {
        long[] reduced = values.clone();
        long bytes = (long) values.length * Long.BYTES;
        timed(Collective.ALL_REDUCE, bytes * (size() - 1), () -> {
            MemorySegment all = everybodys(MemorySegment.ofArray(values), bytes);
            for (int i = 0; i < values.length; i++) {
                reduced[i] = all.getAtIndex(ValueLayout.JAVA_LONG, i);
                for (int r = 1; r < size(); r++) {
                    long next = all.getAtIndex(ValueLayout.JAVA_LONG, (long) r * values.length + i);
                    reduced[i] = switch (reduction) {
                        case SUM -> Math.addExact(reduced[i], next);
                        case MAX -> Math.max(reduced[i], next);
                    };
                }
            }
        });
        return reduced;
    }

    @Override
    public final double[] allReduce(double[] values, Reduction reduction) {
        double[] reduced = values.clone();
        long bytes = (long) values.length * Double.BYTES;
        timed(Collective.ALL_REDUCE, bytes * (size() - 1), () -> {
            MemorySegment all = everybodys(MemorySegment.ofArray(values), bytes);
            MemorySegment sum = OrderedReduction.doubles(all, values.length, size(), reduction);
            MemorySegment.copy(sum, ValueLayout.JAVA_DOUBLE, 0, reduced, 0, reduced.length);
        });
        return reduced;
    }

    /** Values of every rank in scratch, behind room for those of this one. */
    private MemorySegment everybodys(MemorySegment values, long bytes) {
        long[] equal = new long[size()];
        Arrays.fill(equal, bytes);
        MemorySegment room = scratch(bytes * (size() + 1));
        MemorySegment own = room.asSlice(bytes * size(), bytes).copyFrom(values);
        MemorySegment all = room.asSlice(0, bytes * size());
        gather(own, all, equal);
        return all;
    }

    @Override
    public final void reduceScatter(Tensor values, long[] counts, Tensor own) {
        values.require(DType.F32);
        own.require(DType.F32);
        requireCounts(counts, values.size(), own.size());
        long mine = counts[rank()];
        timed(Collective.REDUCE_SCATTER, (values.size() - mine) * Float.BYTES, () -> {
            long[] sent = bytes(counts, Float.BYTES);
            long[] arriving = new long[size()];
            Arrays.fill(arriving, mine * Float.BYTES);
            MemorySegment parts = scratch(mine * Float.BYTES * size());
            exchange(values.segment(), sent, parts, arriving);
            own.segment().copyFrom(OrderedReduction.floats(parts, mine, size(), Reduction.SUM));
        });
    }

    @Override
    public final void allGather(Tensor own, long[] counts, Tensor all) {
        all.require(own.dtype());
        requireCounts(counts, all.size(), own.size());
        timed(
                Collective.ALL_GATHER,
                own.byteSize() * (size() - 1),
                () -> gather(
                        own.segment(), all.segment(), bytes(counts, own.dtype().bytes())));
    }

    @Override
    public final List<byte[]> allGather(byte[] own) {
        List<byte[]> everybodys = new ArrayList<>();
        timed(Collective.ALL_GATHER, (own.length + (long) Long.BYTES) * (size() - 1), () -> {
            long[] lengths = everybodys(MemorySegment.ofArray(new long[] {own.length}), Long.BYTES)
                    .toArray(ValueLayout.JAVA_LONG);
            long total = Arrays.stream(lengths).sum();
            MemorySegment room = scratch(total + own.length);
            MemorySegment mine = room.asSlice(total, own.length).copyFrom(MemorySegment.ofArray(own));
            gather(mine, room.asSlice(0, total), lengths);
            long at = 0;
            for (long length : lengths) {
                everybodys.add(room.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE));
                at += length;
            }
        });
        return everybodys;
    }

    @Override
    public final void allToAll(Tensor rows, int[] sent, Tensor received, int[] arriving) {
        received.require(rows.dtype());
        requireRows(rows, sent);
        requireRows(received, arriving);
        long rowBytes = (long) rows.columns() * rows.dtype().bytes();
        long[] out = rowBytes(sent, rowBytes);
        timed(
                Collective.ALL_TO_ALL,
                rows.byteSize() - out[rank()],
                () -> exchange(rows.segment(), out, received.segment(), rowBytes(arriving, rowBytes)));
    }

    private void requireRows(Tensor rows, int[] counts) {
        if (counts.length != size() || Arrays.stream(counts).sum() != rows.rows()) {
            throw new IllegalArgumentException(
                    rows + " does not hold " + Arrays.toString(counts) + " rows for " + size() + " ranks");
        }
    }

    @Override
    public final int[] allToAll(int[] values) {
        if (values.length % size() != 0) {
            throw new IllegalArgumentException(values.length + " values are not equal parts for " + size() + " ranks");
        }
        long bytes = (long) values.length * Integer.BYTES;
        int[] received = new int[values.length];
        timed(Collective.ALL_TO_ALL, bytes / size() * (size() - 1), () -> {
            long[] equal = new long[size()];
            Arrays.fill(equal, bytes / size());
            MemorySegment room = scratch(2 * bytes);
            MemorySegment out = room.asSlice(0, bytes).copyFrom(MemorySegment.ofArray(values));
            exchange(out, equal, room.asSlice(bytes, bytes), equal);
            MemorySegment.copy(room, ValueLayout.JAVA_INT, bytes, received, 0, received.length);
        });
        return received;
    }

    @Override
    public final byte[] broadcast(byte[] values, int root) {
        boolean speaks = rank() == root;
        long sent = speaks ? (values.length + (long) Long.BYTES) * (size() - 1) : 0;
        return timedResult(Collective.BROADCAST, sent, () -> {
            MemorySegment length = scratch(Long.BYTES);
            length.set(ValueLayout.JAVA_LONG, 0, values.length);
            spread(length, root);
            MemorySegment data = scratch(length.get(ValueLayout.JAVA_LONG, 0));
            if (speaks) {
                data.copyFrom(MemorySegment.ofArray(values));
            }
            spread(data, root);
            return data.toArray(ValueLayout.JAVA_BYTE);
        });
    }

    @Override
    public final void barrier() {
        timed(Collective.BARRIER, 0, this::meet);
    }

    @Override
    public final Communicator split(int colour) {
        return timedResult(Collective.SPLIT, () -> part(colour));
    }

    @Override
    public final Pending start(Consumer<Communicator> collectives) {
        if (started == null) {
            started = new BackgroundCollectives(twin());
        }
        return started.start(collectives);
    }

    @Override
    public final void close() {
        if (!scratchArena.scope().isAlive()) {
            return;
        }
        if (started != null) {
            started.close();
        }
        release();
        scratchArena.close();
    }

    private void timed(Collective collective, long bytes, Runnable body) {
        timedResult(collective, bytes, () -> {
            body.run();
            return null;
        });
    }

    private <T> T timedResult(Collective collective, Supplier<T> body) {
        return timedResult(collective, 0, body);
    }

    private <T> T timedResult(Collective collective, long bytes, Supplier<T> body) {
        long start = System.nanoTime();
        T result = body.get();
        traffic.add(collective, bytes, start, System.nanoTime() - start);
        return result;
    }

    private void requireCounts(long[] counts, long all, long own) {
        if (counts.length != size() || Arrays.stream(counts).sum() != all || counts[rank()] != own) {
            throw new IllegalArgumentException("parts of " + Arrays.toString(counts) + " elements for " + size()
                    + " ranks, but " + all + " elements in all and " + own + " of rank " + rank());
        }
    }

    private static long[] bytes(long[] counts, int width) {
        return Arrays.stream(counts).map(count -> count * width).toArray();
    }

    private static long[] rowBytes(int[] rows, long rowBytes) {
        return Arrays.stream(rows).mapToLong(count -> count * rowBytes).toArray();
    }

    private MemorySegment scratch(long bytes) {
        if (scratch.byteSize() < bytes) {
            scratchArena.close();
            scratchArena = Arena.ofShared();
            scratch = scratchArena.allocate(bytes, Long.BYTES * 8L);
        }
        return scratch.asSlice(0, bytes);
    }
}
