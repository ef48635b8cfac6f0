package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.configs.Configs;
import dev.calandra.configs.ExitCode;
import dev.calandra.storage.LocalStorage;
import dev.calandra.trainer.run.StopRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes that train are killed, without a word, at random moments: while they open a run and recover it, while they train, and around
 * their saves, which are written beside the training. Every run ends as the uninterrupted one, byte for byte. How many kills, and which
 * moments, can be set: {@code scripts/crashtest}.
 */
@Tag("long")
class KilledRunTest {

    private static final Logger LOG = LoggerFactory.getLogger(KilledRunTest.class);
    private static final long SEED = Long.getLong("crashtest.seed", 4);
    private static final int KILLS = Integer.getInteger("crashtest.kills", 50);

    /** Runs that are killed at the same time, each again and again. */
    private static final int LANES = 2;

    /** A guess at how long a process takes to open its run, until one was seen to. */
    private static final long START_MILLIS = 2_000;

    /** Steps that a killed process may be allowed, and the milliseconds in which such a step and its save are over. */
    private static final int MOST_LINES = 8;

    private static final int LONGEST_SAVE_MILLIS = 30;

    private static final String SAVE_EVERY = "run.save_every=2";

    @TempDir
    private Path folder;

    private final AtomicInteger kills = new AtomicInteger();
    private final AtomicInteger survived = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicLong startMillis = new AtomicLong(START_MILLIS);

    @Test
    void aRunKilledAgainAndAgainIsTheUninterruptedRun() throws Exception {
        TinyRun tiny = new TinyRun(folder);
        assertThat(tiny.train("whole", TrainingOptions.NONE, SAVE_EVERY)).isEqualTo(ExitCode.OK);
        Map<String, ByteBuffer> tensors = tiny.tensors("whole");
        List<String> metrics = tiny.metrics("whole");
        try (ExecutorService lanes = Executors.newFixedThreadPool(LANES)) {
            List<Callable<Void>> work = new ArrayList<>();
            for (int lane = 0; lane < LANES; lane++) {
                Random random = new Random(SEED * LANES + lane);
                String name = "killed-" + lane;
                work.add(() -> {
                    for (int run = 0; kills.get() < KILLS; run++) {
                        int killed = killUntilTheEnd(tiny, name + "-" + run, random);
                        assertThat(tiny.metrics(name + "-" + run))
                                .as("seed %d", SEED)
                                .isEqualTo(metrics);
                        assertThat(tiny.tensors(name + "-" + run))
                                .as("seed %d", SEED)
                                .isEqualTo(tensors);
                        LOG.info(
                                "{} kills survived in {} runs, seed {}",
                                survived.addAndGet(killed),
                                finished.incrementAndGet(),
                                SEED);
                    }
                    return null;
                });
            }
            for (Future<Void> lane : lanes.invokeAll(work)) {
                lane.get();
            }
        }
        assertThat(survived.get()).as("seed %d", SEED).isEqualTo(kills.get()).isGreaterThanOrEqualTo(KILLS);
    }

    /**
     * Starts processes on a run and kills them, until one comes to the end of the run; the last ones, once enough were killed, are left alone.
     *
     * @return how many were killed
     */
    private int killUntilTheEnd(TinyRun tiny, String run, Random random) throws Exception {
        long newest = 0;
        int killed = 0;
        boolean ended = false;
        while (!ended) {
            boolean early = random.nextInt(3) == 0;
            int lines = early ? 0 : 1 + random.nextInt(MOST_LINES);
            double share = random.nextDouble();
            long milliseconds = (long) (share * (early ? startMillis.get() : LONGEST_SAVE_MILLIS));
            boolean kill = kills.get() < KILLS;
            ended = train(tiny, run, kill, lines, milliseconds);
            killed += ended ? 0 : 1;
            long saved = newestStep(tiny, run);
            assertThat(saved).as("newest whole step, seed %d", SEED).isGreaterThanOrEqualTo(newest);
            newest = saved;
        }
        return killed;
    }

    private static long newestStep(TinyRun tiny, String run) {
        return new CheckpointReader(new LocalStorage(), tiny.directory(run).toString())
                .newestValid()
                .map(checkpoint -> {
                    try (Checkpoint open = checkpoint) {
                        return open.step();
                    }
                })
                .orElse(0L);
    }

    /** Whether the process ended by itself, with status 0. It is killed a little after it has printed so many lines, if at all. */
    private boolean train(TinyRun tiny, String run, boolean kill, int lines, long milliseconds) throws Exception {
        long begin = System.nanoTime();
        Process child = child(tiny, run);
        try (BufferedReader out = child.inputReader()) {
            if (kill) {
                int seen = 0;
                while (seen < lines && out.readLine() != null) {
                    if (seen++ == 0) {
                        startMillis.set(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
                    }
                }
                Thread.sleep(milliseconds);
                child.destroyForcibly();
            } else {
                out.lines().forEach(line -> {});
            }
            assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).as("0 or SIGKILL, seed %d", SEED).isIn(0, 128 + 9);
            if (child.exitValue() != 0) {
                kills.incrementAndGet();
            }
            return child.exitValue() == 0;
        } finally {
            child.destroyForcibly();
        }
    }

    private static Process child(TinyRun tiny, String run) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                tiny.configFile().toString(),
                tiny.directory(run).toString()));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** What the child process runs. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            var config = Configs.load(
                    Path.of(arguments[0]), List.of("run.directory=" + arguments[1], SAVE_EVERY, "run.threads=1"));
            Surroundings surroundings = new Surroundings(System::nanoTime, System.out::println, new StopRequest());
            try (TrainingRun run = TrainingRun.open(config, TrainingOptions.NONE, surroundings)) {
                run.train();
            }
        }
    }
}
