package dev.calandra.engine.collective;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** The thread on which a rank's collectives go on while it computes. */
final class BackgroundCollectives {

    private final OrderedCommunicator communicator;
    private final ExecutorService thread;
    private volatile Throwable failure;
    private volatile boolean closed;

    /** @param communicator taken over */
    BackgroundCollectives(OrderedCommunicator communicator) {
        this.communicator = communicator;
        this.thread = Executors.newSingleThreadExecutor(Thread.ofPlatform()
                .daemon()
                .name("calandra-collectives-" + communicator.rank())
                .factory());
    }

    Communicator.Pending start(Consumer<Communicator> collectives) {
        Purpose purpose = Purpose.current();
        Future<?> future = thread.submit(() -> purpose.during(() -> run(collectives)));
        return () -> {
            long start = System.nanoTime();
            await(future);
            communicator.traffic().add(Collective.AWAIT, 0, start, System.nanoTime() - start);
        };
    }

    /** Nothing is run after a failure: it would meet what other ranks started before it, and add up what does not belong together. */
    private void run(Consumer<Communicator> collectives) {
        if (failure != null) {
            throw new IllegalStateException("collectives started before these have failed: " + failure, failure);
        }
        try {
            collectives.accept(communicator);
        } catch (RuntimeException | Error e) {
            failure = e;
            if (!closed) {
                communicator.fail(e);
            }
            throw e;
        }
    }

    private static void await(Future<?> future) {
        try {
            future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while collectives were under way", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw new IllegalStateException("collectives failed", e.getCause());
            }
        }
    }

    /** What is still under way is given up; whoever has awaited everything loses nothing. */
    void close() {
        closed = true;
        thread.shutdownNow();
        communicator.close();
    }
}
