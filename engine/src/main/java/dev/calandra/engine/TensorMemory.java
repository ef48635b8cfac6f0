package dev.calandra.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Where tensors live: off-heap blocks that are kept and handed out again, so that a training step, whose shapes repeat,
 * asks the operating system for nothing after the first.
 *
 * <p>Contents of a fresh tensor are undefined; {@link #zeros} clears. Thread-safe. {@link #close} fails when a tensor is
 * still owned, and names where it was allocated if tracing is on.
 */
public final class TensorMemory implements AutoCloseable {

    private static final int ALIGNMENT = 64;
    private static final long PAGE = 4096;
    /**
     * Blocks are cut from pieces of this size, so that whole huge pages lie behind them; a larger block is a piece of its
     * own.
     */
    private static final long SLAB = 32L << 20;
    /** A kept block serves a smaller request when at most this share of it would be wasted. */
    private static final double MAXIMUM_WASTE = 0.25;

    private final Arena arena = Arena.ofShared();
    private final NativeHeap heap = new NativeHeap();
    /** What is left of the last piece. */
    private MemorySegment slab = MemorySegment.NULL;

    private final TreeMap<Long, Deque<MemorySegment>> free = new TreeMap<>();
    private final Set<Block> live = new LinkedHashSet<>();
    private final boolean tracing;
    private long liveBytes;
    private long peakBytes;
    private long reservedBytes;
    private boolean closed;

    /** Memory that remembers allocation sites only when assertions are on, as they are under test. */
    public TensorMemory() {
        this(TensorMemory.class.desiredAssertionStatus());
    }

    /** @param tracing remember where each tensor was allocated, to name it in a leak report */
    public TensorMemory(boolean tracing) {
        this.tracing = tracing;
    }

    /** A tensor with undefined contents. */
    public synchronized Tensor allocate(DType dtype, int... shape) {
        if (closed) {
            throw new IllegalStateException("this memory was closed");
        }
        long bytes = Math.multiplyExact(Tensor.size(shape), dtype.bytes());
        long capacity = capacity(bytes);
        MemorySegment whole = take(capacity);
        Block block = new Block(whole, tracing ? new Throwable("allocated here") : null);
        live.add(block);
        liveBytes += whole.byteSize();
        peakBytes = Math.max(peakBytes, liveBytes);
        return new Tensor(block, whole.asSlice(0, bytes), dtype, shape.clone(), true);
    }

    /** A tensor of zeros. */
    public Tensor zeros(DType dtype, int... shape) {
        Tensor tensor = allocate(dtype, shape);
        tensor.segment().fill((byte) 0);
        return tensor;
    }

    /** Bytes of blocks that are owned now. */
    public synchronized long liveBytes() {
        return liveBytes;
    }

    /** The most bytes that were owned at one time. */
    public synchronized long peakBytes() {
        return peakBytes;
    }

    /** Bytes that were taken from the operating system so far; what is given back here stays reserved. */
    public synchronized long reservedBytes() {
        return reservedBytes;
    }

    private static long capacity(long bytes) {
        long unit = bytes >= PAGE ? PAGE : ALIGNMENT;
        return Math.max(ALIGNMENT, (bytes + unit - 1) / unit * unit);
    }

    private MemorySegment take(long capacity) {
        Map.Entry<Long, Deque<MemorySegment>> entry = free.ceilingEntry(capacity);
        if (entry != null && entry.getKey() - capacity <= MAXIMUM_WASTE * entry.getKey()) {
            MemorySegment segment = entry.getValue().pop();
            if (entry.getValue().isEmpty()) {
                free.remove(entry.getKey());
            }
            return segment;
        }
        reservedBytes += capacity;
        if (capacity < PAGE) {
            return arena.allocate(capacity, ALIGNMENT);
        }
        return capacity > SLAB / 2 ? heap.allocate(arena, capacity, ALIGNMENT) : cut(capacity);
    }

    private MemorySegment cut(long capacity) {
        if (slab.byteSize() < capacity) {
            if (slab.byteSize() > 0) {
                keep(slab);
            }
            slab = heap.allocate(arena, SLAB, ALIGNMENT);
        }
        MemorySegment block = slab.asSlice(0, capacity);
        slab = slab.asSlice(capacity);
        return block;
    }

    private void keep(MemorySegment memory) {
        free.computeIfAbsent(memory.byteSize(), size -> new ArrayDeque<>()).push(memory);
    }

    private synchronized void giveBack(Block block) {
        live.remove(block);
        liveBytes -= block.memory.byteSize();
        keep(block.memory);
    }

    /**
     * Returns everything to the operating system.
     *
     * @throws IllegalStateException if a tensor was not closed: bytes, count, and the first allocation site
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        long leaked = liveBytes;
        int count = live.size();
        Throwable site = live.isEmpty() ? null : live.iterator().next().site;
        live.forEach(block -> block.owners = 0);
        arena.close();
        if (count > 0) {
            throw new IllegalStateException(
                    "leak: " + count + " tensors, " + leaked + " bytes were never closed", site);
        }
    }

    /** A piece of memory and the number of handles that own it. */
    final class Block {
        private final MemorySegment memory;
        private final Throwable site;
        private int owners = 1;

        private Block(MemorySegment memory, Throwable site) {
            this.memory = memory;
            this.site = site;
        }

        boolean live() {
            return owners > 0;
        }

        int owners() {
            return owners;
        }

        void retain() {
            synchronized (TensorMemory.this) {
                owners++;
            }
        }

        void release() {
            synchronized (TensorMemory.this) {
                if (owners > 0 && --owners == 0) {
                    giveBack(this);
                }
            }
        }
    }
}
