package dev.calandra.engine.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed team of threads that takes numbered tasks from a common counter. The caller works too. Tasks must not depend on
 * who runs them or in which order.
 */
final class Workers implements AutoCloseable {

    /** A piece of work; {@code worker} in [0, threads) names the scratch memory it may use. */
    @FunctionalInterface
    interface Task {
        void run(int index, int worker);
    }

    private static final int SPINS_BEFORE_PARKING = 10_000;

    private final Thread[] threads;
    private volatile Job current;
    private volatile boolean closed;

    Workers(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("at least one thread is needed, got " + count);
        }
        threads = new Thread[count - 1];
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            threads[i] = Thread.ofPlatform()
                    .daemon()
                    .name("calandra-kernel-" + worker)
                    .unstarted(() -> serve(worker));
        }
        for (Thread thread : threads) {
            thread.start();
        }
    }

    /** Number of workers, the caller included. */
    int count() {
        return threads.length + 1;
    }

    /** Runs tasks 0 to count - 1 and returns when all are done; rethrows the first failure. */
    void parallel(int count, Task task) {
        if (count <= 1 || threads.length == 0) {
            for (int i = 0; i < count; i++) {
                task.run(i, 0);
            }
            return;
        }
        Job job = new Job(count, task);
        current = job;
        for (int i = 0; i < Math.min(threads.length, count - 1); i++) {
            LockSupport.unpark(threads[i]);
        }
        job.work(0);
        job.awaitDone();
        current = null;
        if (job.failure != null) {
            throw new IllegalStateException("a kernel task failed", job.failure);
        }
    }

    private void serve(int worker) {
        Job last = null;
        int spins = 0;
        while (!closed) {
            Job job = current;
            if (job != null && job != last) {
                job.work(worker);
                last = job;
                spins = 0;
            } else if (++spins < SPINS_BEFORE_PARKING) {
                Thread.onSpinWait();
            } else {
                last = null;
                LockSupport.park(this);
                spins = 0;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }

    /** One call of {@link #parallel}. */
    private static final class Job {
        private final int count;
        private final Task task;
        private final Thread caller = Thread.currentThread();
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile Throwable failure;

        private Job(int count, Task task) {
            this.count = count;
            this.task = task;
        }

        private void work(int worker) {
            int index;
            while ((index = next.getAndIncrement()) < count) {
                try {
                    task.run(index, worker);
                } catch (Throwable e) {
                    failure = e;
                } finally {
                    if (done.incrementAndGet() == count) {
                        LockSupport.unpark(caller);
                    }
                }
            }
        }

        private void awaitDone() {
            int spins = 0;
            while (done.get() < count) {
                if (++spins < SPINS_BEFORE_PARKING) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
        }
    }
}
