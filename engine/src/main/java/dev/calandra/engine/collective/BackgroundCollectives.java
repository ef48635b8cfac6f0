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
        Future<?> future = thread.submit(() -> purpose.during(() -> collectives.accept(communicator)));
        return () -> {
            long start = System.nanoTime();
            await(future);
            communicator.traffic().add(Collective.AWAIT, 0, start, System.nanoTime() - start);
        };
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
        thread.shutdownNow();
        communicator.close();
    }
}
