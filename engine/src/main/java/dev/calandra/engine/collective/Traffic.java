package dev.calandra.engine.collective;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts the bytes that one rank's collectives send and, once recording, keeps when each of them ran; shared by all groups the
 * rank is in. Thread-safe.
 */
public final class Traffic {

    private final List<CollectiveCall> calls = new ArrayList<>();
    private long bytes;
    private boolean recording;

    synchronized void add(Collective collective, long moreBytes, long startNanos, long nanos) {
        bytes += moreBytes;
        if (recording) {
            long thread = Thread.currentThread().threadId();
            calls.add(new CollectiveCall(Purpose.current(), collective, thread, moreBytes, startNanos, nanos));
        }
    }

    /** Bytes sent to other ranks so far. */
    public synchronized long bytes() {
        return bytes;
    }

    /** Keeps the calls that end from here on. */
    public synchronized void startRecording() {
        recording = true;
    }

    /** Keeps no more calls; gives those since {@link #startRecording} and forgets them. */
    public synchronized List<CollectiveCall> stopRecording() {
        recording = false;
        List<CollectiveCall> kept = List.copyOf(calls);
        calls.clear();
        return kept;
    }
}
