package dev.calandra.storage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a name node, and says so while it waits. Hadoop's client itself repeats requests whose connection failed, by the identity of the
 * request, so that nothing is done twice; what is repeated here are requests that the name node refused in safe mode and so did not carry out.
 *
 * <p>An outage is waited for once: after one was given up, requests fail at once until the name node takes changes again, so that cleaning
 * up after a failed save does not wait as long again as the save did.
 */
final class Patience {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);

    private final String nameNode;
    private final Duration limit;
    private final Duration reportEvery;
    private final Ping ping;
    private final ScheduledThreadPoolExecutor reporter;
    private volatile State state = State.NEVER_ANSWERED;

    private enum State {
        NEVER_ANSWERED,
        ANSWERS,
        GIVEN_UP
    }

    /** One request to the name node. */
    @FunctionalInterface
    interface Request<T> {
        T send() throws IOException;
    }

    /** Requests that change nothing and are never repeated. */
    interface Ping {
        /** Fails when the name node does not answer. */
        void reads() throws IOException;

        /** Fails when the name node does not answer or takes no changes. */
        void writes() throws IOException;
    }

    /**
     * @param nameNode for messages
     * @param limit how long to wait; about as long as Hadoop's own client does when the connection fails
     * @param reportEvery time between the log's lines during a wait
     */
    Patience(String nameNode, Duration limit, Duration reportEvery, Ping ping) {
        this.nameNode = nameNode;
        this.limit = limit;
        this.reportEvery = reportEvery;
        this.ping = ping;
        this.reporter = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("hdfs-patience").factory());
        reporter.setRemoveOnCancelPolicy(true);
        reporter.setKeepAliveTime(1, TimeUnit.SECONDS);
        reporter.allowCoreThreadTimeOut(true);
    }

    /**
     * Sends a request, again and again while the name node is in safe mode, for as long as the limit allows.
     *
     * @param what the request, for the log
     * @param changes whether safe mode refuses it
     * @throws StorageUnavailableException when the name node stayed away or in safe mode
     */
    <T> T await(String what, String location, boolean changes, Request<T> request) throws IOException {
        long start = System.nanoTime();
        Future<?> report = report(what + " " + location, start);
        try {
            requireAnswer(changes);
            T result = untilLeavesSafeMode(location, start, request);
            // After an outage only a change that is taken ends it: safe mode lets reads pass.
            if (state == State.NEVER_ANSWERED) {
                state = State.ANSWERS;
            }
            return result;
        } catch (IOException e) {
            IOException translated = HadoopFailure.translated(location, e);
            if (translated instanceof StorageUnavailableException && state == State.ANSWERS) {
                state = State.GIVEN_UP;
                LOG.error("{} given up after {} s: {}", nameNode, seconds(start), translated.getMessage());
            }
            throw translated;
        } finally {
            report.cancel(false);
        }
    }

    /** Runs an operation of a file that is open already; it is never repeated, for some of its bytes may have arrived. */
    <T> T watch(String what, String location, Request<T> request) throws IOException {
        Future<?> report = report(what + " " + location, System.nanoTime());
        try {
            return request.send();
        } catch (IOException e) {
            throw HadoopFailure.translated(location, e);
        } finally {
            report.cancel(false);
        }
    }

    private void requireAnswer(boolean changes) throws IOException {
        if (state == State.ANSWERS) {
            return;
        }
        if (changes && state == State.GIVEN_UP) {
            ping.writes();
            LOG.info("{} takes changes again", nameNode);
            state = State.ANSWERS;
        } else {
            ping.reads();
        }
    }

    private <T> T untilLeavesSafeMode(String location, long start, Request<T> request) throws IOException {
        while (true) {
            try {
                return request.send();
            } catch (IOException e) {
                if (!HadoopFailure.isSafeMode(e)) {
                    throw e;
                }
                long left = limit.toNanos() - (System.nanoTime() - start);
                if (left <= 0) {
                    throw new StorageUnavailableException(
                            location + ": the name node is in safe mode and stayed so for " + seconds(start)
                                    + " s; end it (hdfs dfsadmin -safemode leave), or wait longer ("
                                    + HadoopClient.PATIENCE + " in hdfs-site.xml)",
                            e);
                }
                sleep(Math.min(left, limit.toNanos() / 60 + 1));
            }
        }
    }

    private static void sleep(long nanos) throws InterruptedIOException {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the name node");
        }
    }

    private Future<?> report(String what, long start) {
        long period = reportEvery.toNanos();
        return reporter.scheduleAtFixedRate(
                () -> LOG.warn(
                        "{} is away, in safe mode or slow: waiting for it since {} s ({}), for {} s at most",
                        nameNode,
                        seconds(start),
                        what,
                        limit.toSeconds()),
                period,
                period,
                TimeUnit.NANOSECONDS);
    }

    private static long seconds(long start) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    }
}
