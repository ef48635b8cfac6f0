package dev.calandra.engine.collective;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Notices a process that has stopped: each rank sends one byte a second to the next one, and the next one misses it. What is
 * counted are ticks of the watcher, not time, so that a machine that sleeps as a whole accuses nobody; and only the neighbour
 * watches, so that only one rank names the lost one.
 */
final class Heartbeat implements AutoCloseable {

    private static final long TICK_MILLIS = 1000;
    /** Ticks that the rank has to say what happened and end, before the processes are ended from here. */
    private static final int GRACE_TICKS = 10;
    /** What the world's processes end with then: an internal failure. */
    private static final int STATUS = 70;

    private final MpiLibrary library;
    private final long group;
    private final int next;
    private final int previous;
    private final int patience;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment beat = arena.allocate(1);
    private final MemorySegment heard = arena.allocate(1);
    private final Deque<MpiLibrary.Request> sent = new ArrayDeque<>();
    private final Thread thread;
    private volatile boolean stopped;
    private volatile RankFailedException lost;

    /**
     * @param group of its own, of at least two ranks
     * @param patience seconds without a sign of life
     */
    Heartbeat(MpiLibrary library, long group, int rank, int size, int patience) {
        this.library = library;
        this.group = group;
        this.next = (rank + 1) % size;
        this.previous = (rank + size - 1) % size;
        this.patience = patience;
        this.thread =
                Thread.ofPlatform().daemon().name("calandra-heartbeat-" + rank).start(this::run);
    }

    /** The rank that is lost; null while all is well. */
    RankFailedException lost() {
        return lost;
    }

    private void run() {
        int missed = 0;
        MpiLibrary.Request hearing = library.receive(group, heard, previous);
        while (!stopped) {
            sent.add(library.send(group, beat, next));
            freeArrived();
            pause();
            missed++;
            while (!stopped && hearing.isDone()) {
                hearing.close();
                hearing = library.receive(group, heard, previous);
                missed = 0;
            }
            if (missed > patience && lost == null) {
                lost = new RankFailedException(
                        previous, "gave no sign of life for " + patience + " s: it hangs, or its machine does", null);
            }
            if (missed > patience + GRACE_TICKS) {
                library.abort(STATUS);
            }
        }
        hearing.cancel();
        hearing.close();
    }

    private void freeArrived() {
        while (!sent.isEmpty() && sent.getFirst().isDone()) {
            sent.removeFirst().close();
        }
    }

    private void pause() {
        try {
            Thread.sleep(TICK_MILLIS);
        } catch (InterruptedException e) {
            // Only close() interrupts, and it has set the flag that the loop looks at.
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
