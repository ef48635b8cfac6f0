package dev.calandra.engine.collective;

import java.util.function.IntConsumer;
import java.util.function.ToIntBiFunction;

/** How a rank that cannot go on ends all of them: the thread that notices first says why, and the others of its process nothing. */
final class LastWords {

    private final int rank;
    private final ToIntBiFunction<Integer, Throwable> report;
    private final IntConsumer abort;
    private boolean said;
    private int status;

    /**
     * @param report says what has happened on a rank, and which status it comes to
     * @param abort ends all processes of the world with a status
     */
    LastWords(int rank, ToIntBiFunction<Integer, Throwable> report, IntConsumer abort) {
        this.rank = rank;
        this.report = report;
        this.abort = abort;
    }

    /** @return the status to end with, which is that of the first failure */
    synchronized int say(Throwable failure) {
        if (!said) {
            said = true;
            status = report.applyAsInt(rank, failure);
        }
        return status;
    }

    /** Ends all ranks, after having said why. */
    int end(Throwable failure) {
        int end = say(failure);
        abort.accept(end);
        return end;
    }
}
