package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.calandra.configs.CheckpointException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class BackgroundSavesTest {

    private static BackgroundSaves saves(int failuresAllowed) {
        AtomicLong clock = new AtomicLong();
        return new BackgroundSaves(failuresAllowed, () -> clock.addAndGet(500_000_000));
    }

    private static LongSupplier failing(String problem) {
        return () -> {
            throw new CheckpointException(problem);
        };
    }

    private static long awaited(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return 7;
    }

    @Test
    void trainingGoesOnWhileASaveIsWrittenAndHearsOfItAfterwards() {
        CountDownLatch disk = new CountDownLatch(1);
        try (BackgroundSaves saves = saves(3)) {
            saves.start(10, () -> awaited(disk));
            assertThat(saves.finished()).isEmpty();
            disk.countDown();
            saves.await();
            assertThat(saves.finished()).singleElement().satisfies(outcome -> {
                assertThat(outcome.step()).isEqualTo(10);
                assertThat(outcome.bytes()).isEqualTo(7);
                assertThat(outcome.seconds()).isEqualTo(0.5);
                assertThat(outcome.failure()).isEmpty();
            });
            assertThat(saves.finished()).isEmpty();
        }
    }

    @Test
    void theNextSaveWaitsForOneThatIsRunning() {
        CountDownLatch disk = new CountDownLatch(1);
        AtomicBoolean first = new AtomicBoolean();
        AtomicInteger atOnce = new AtomicInteger();
        try (BackgroundSaves saves = saves(3)) {
            saves.start(10, () -> {
                atOnce.incrementAndGet();
                awaited(disk);
                first.set(true);
                atOnce.decrementAndGet();
                return 1;
            });
            Thread unblock = Thread.ofPlatform().start(() -> {
                try {
                    Thread.sleep(50);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                disk.countDown();
            });
            saves.start(20, () -> {
                assertThat(first).isTrue();
                return atOnce.incrementAndGet();
            });
            saves.await();
            assertThat(saves.finished()).extracting(SaveOutcome::bytes).containsExactly(1L, 1L);
            assertThat(unblock.isAlive() && !first.get()).isFalse();
        }
    }

    @Test
    void aFailureIsCountedAndTheThirdInARowEndsTheRun() {
        try (BackgroundSaves saves = saves(3)) {
            for (int round = 0; round < 2; round++) {
                saves.start(1, failing("full"));
                saves.start(2, failing("full"));
                saves.start(3, () -> 1);
                saves.await();
                assertThat(saves.finished())
                        .extracting(outcome -> outcome.failure().isPresent())
                        .containsExactly(true, true, false);
            }
            saves.run(4, failing("full"));
            saves.start(5, failing("full"));
            saves.start(6, failing("No space left on device"));
            assertThatThrownBy(saves::await)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("3 saves in a row failed")
                    .hasMessageContaining("run.save_failures")
                    .hasMessageContaining("No space left on device");
        }
    }

    @Test
    void aFailureSurfacesWithoutWaitingForTheNextSave() throws InterruptedException {
        try (BackgroundSaves saves = saves(1)) {
            saves.start(1, failing("full"));
            assertThatThrownBy(() -> {
                        for (int look = 0; look < 6_000; look++) {
                            saves.finished();
                            Thread.sleep(10);
                        }
                    })
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("full");
        }
    }

    @Test
    void theLastSaveOfAProcessMustSucceed() {
        try (BackgroundSaves saves = saves(3)) {
            saves.runLast(1, () -> 5);
            assertThatThrownBy(() -> saves.runLast(2, failing("full"))).hasMessage("full");
        }
    }

    @Test
    void beingSupersededOrABugEndsTheRunAtOnce() {
        try (BackgroundSaves saves = saves(100)) {
            saves.start(1, () -> {
                throw new SupersededException("another trainer");
            });
            assertThatThrownBy(saves::await).isInstanceOf(SupersededException.class);
            saves.start(2, () -> {
                throw new IllegalStateException("a bug");
            });
            assertThatThrownBy(saves::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a bug");
        }
    }

    @Test
    void runningOutOfMemoryFailsThatSaveOnly() {
        try (BackgroundSaves saves = saves(2)) {
            saves.start(1, () -> {
                throw new OutOfMemoryError("Java heap space");
            });
            saves.start(2, () -> 1);
            saves.await();
            assertThat(saves.finished().getFirst().failure())
                    .get()
                    .isInstanceOf(CheckpointException.class)
                    .asString()
                    .contains("step 1 could not be saved: out of memory (Java heap space)");
        }
    }

    @Test
    void closingWaitsForASaveThatIsRunning() {
        AtomicBoolean written = new AtomicBoolean();
        BackgroundSaves saves = saves(3);
        saves.start(1, () -> {
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            written.set(true);
            return 1;
        });
        saves.close();
        assertThat(written).isTrue();
    }

    @Test
    void aLongWaitForASaveIsToldOfAgainAndAgain() {
        ch.qos.logback.classic.Logger log =
                (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(BackgroundSaves.class);
        CountDownLatch disk = new CountDownLatch(1);
        AtomicInteger told = new AtomicInteger();
        AppenderBase<ILoggingEvent> listener = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                assertThat(event.getFormattedMessage()).contains("waits for the save of step 10");
                if (told.incrementAndGet() == 2) {
                    disk.countDown();
                }
            }
        };
        listener.start();
        log.addAppender(listener);
        log.setLevel(Level.WARN);
        try (BackgroundSaves saves = new BackgroundSaves(3, System::nanoTime, Duration.ofMillis(5))) {
            saves.start(10, () -> awaited(disk));
            saves.await();
            assertThat(saves.finished()).hasSize(1);
        } finally {
            log.detachAppender(listener);
            log.setLevel(null);
        }
        assertThat(told).hasValueGreaterThanOrEqualTo(2);
    }
}
