package dev.calandra.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A heart whose neighbours are made up, and whose rank never asks it anything: it computes. */
@Timeout(60)
class HeartbeatTest {

    private static final Heartbeat.Pace QUICK = new Heartbeat.Pace(1, 3);

    private final List<String> said = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final LastWords lastWords = new LastWords(
            2,
            (rank, failure) -> {
                said.add("rank " + rank + ": " + failure.getMessage());
                return 9;
            },
            status -> {
                said.add("status " + status);
                ended.countDown();
            });

    private record Beat(boolean isDone) implements Beats.Signal {
        @Override
        public void cancel() {}

        @Override
        public void close() {}
    }

    private record Neighbours(Supplier<Signal> sending, Supplier<Signal> receiving) implements Beats {
        @Override
        public Signal send() {
            return sending.get();
        }

        @Override
        public Signal receive() {
            return receiving.get();
        }
    }

    private Heartbeat among(Beats beats) {
        return new Heartbeat(beats, 2, 1, QUICK, lastWords);
    }

    @Test
    void aLostRankIsNamedOnceAlthoughItsWatcherComputesAllTheWhile() throws InterruptedException {
        try (Heartbeat heartbeat = among(new Neighbours(() -> new Beat(true), () -> new Beat(false)))) {
            assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(lastWords.end(heartbeat.lost())).isEqualTo(9);
        }
        assertThat(said)
                .containsExactly(
                        "rank 2: rank 1 gave no sign of life for 3 s: it hangs, or its machine does",
                        "status 9",
                        "status 9");
    }

    @Test
    void aHeartThatCannotBeatSaysWhyAndEndsTheRanks() throws InterruptedException {
        Supplier<Beats.Signal> broken = () -> {
            throw new MpiException("MPI_Isend failed: no route", null);
        };
        try (Heartbeat heartbeat = among(new Neighbours(broken, () -> new Beat(true)))) {
            assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(heartbeat.lost()).isNull();
        }
        assertThat(said).containsExactly("rank 2: MPI_Isend failed: no route", "status 9");
    }
}
