package dev.calandra.engine.collective;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Notices a process that has stopped: each rank sends one byte a second to the next one, and the next one misses it. What is
 * counted are ticks of the watcher, not time, so that a machine that sleeps as a whole accuses nobody; and only the neighbour
 * watches, so that only one rank names the lost one. It says so itself, since the rank's own thread may compute for long before
 * it asks the others for anything.
 */
final class Heartbeat implements AutoCloseable {

    /** Ticks that the rank has to end by itself once the lost one is named, before the processes are ended from here. */
    static final int GRACE_TICKS = 10;

    private final Beats beats;
    private final int previous;
    private final Pace pace;
    private final LastWords lastWords;
    private final Deque<Beats.Signal> sent = new ArrayDeque<>();
    private final Thread thread;
    private volatile boolean stopped;
    private volatile RankFailedException lost;

    /**
     * How often a heart beats, and how many of the other's beats may fail to come.
     *
     * @param tickMillis between two beats
     * @param patience ticks without a sign of life
     */
    record Pace(long tickMillis, int patience) {}

    /**
     * @param beats between at least two ranks
     * @param previous the rank that is watched
     */
    Heartbeat(Beats beats, int rank, int previous, Pace pace, LastWords lastWords) {
        this.beats = beats;
        this.previous = previous;
        this.pace = pace;
        this.lastWords = lastWords;
        this.thread =
                Thread.ofPlatform().daemon().name("calandra-heartbeat-" + rank).start(this::run);
    }

    /** The rank that is lost; null while all is well. */
    RankFailedException lost() {
        return lost;
    }

    private void run() {
        try {
            beat();
        } catch (RuntimeException | Error e) {
            // Without beats the neighbour would accuse this rank, and nobody would watch the one before.
            lastWords.end(e);
        }
    }

    private void beat() {
        int missed = 0;
        Beats.Signal hearing = beats.receive();
        while (!stopped) {
            sent.add(beats.send());
            freeArrived();
            pause();
            missed++;
            while (!stopped && hearing.isDone()) {
                hearing.close();
                hearing = beats.receive();
                missed = 0;
            }
            if (missed > pace.patience && lost == null) {
                lost = new RankFailedException(
                        previous,
                        "gave no sign of life for " + pace.patience + " s: it hangs, or its machine does",
                        null);
                lastWords.say(lost);
            }
            if (missed > pace.patience + GRACE_TICKS) {
                lastWords.end(lost);
                return;
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
            Thread.sleep(pace.tickMillis);
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
