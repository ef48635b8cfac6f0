package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.Configs;
import dev.calandra.configs.ExitCode;
import dev.calandra.trainer.run.StopRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that trains is killed, without a word, at random moments, until one of them gets to the end. */
@Tag("long")
class KilledRunTest {

    private static final long SEED = 4;
    private static final int KILLS = 6;

    @TempDir
    private Path folder;

    @Test
    void aRunKilledAgainAndAgainIsTheUninterruptedRun() throws Exception {
        TinyRun tiny = new TinyRun(folder);
        assertThat(tiny.train("whole", TrainingOptions.NONE)).isEqualTo(ExitCode.OK);
        Random random = new Random(SEED);
        int killed = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            killed += trainAndKill(tiny, 1 + random.nextInt(25), random.nextInt(60)) ? 1 : 0;
        }
        assertThat(killed)
                .as("processes that were killed before their end, seed %d", SEED)
                .isGreaterThan(1);
        assertThat(tiny.train("killed", TrainingOptions.NONE, "run.save_every=4"))
                .isEqualTo(ExitCode.OK);
        assertThat(tiny.metrics("killed")).as("seed %d", SEED).isEqualTo(tiny.metrics("whole"));
        assertThat(tiny.tensors("killed")).as("seed %d", SEED).isEqualTo(tiny.tensors("whole"));
    }

    /**
     * Kills with SIGKILL a little after the child has printed so many lines.
     *
     * @return whether that was before it ended by itself
     */
    private static boolean trainAndKill(TinyRun tiny, int lines, int milliseconds) throws Exception {
        Process child = child(tiny);
        try (BufferedReader out = child.inputReader()) {
            int seen = 0;
            while (seen < lines && out.readLine() != null) {
                seen++;
            }
            Thread.sleep(milliseconds);
            child.destroyForcibly();
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).as("0 or SIGKILL").isIn(0, 128 + 9);
            return child.exitValue() != 0;
        } finally {
            child.destroyForcibly();
        }
    }

    private static Process child(TinyRun tiny) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                tiny.configFile().toString(),
                tiny.directory("killed").toString()));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** What the child process runs. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            var config =
                    Configs.load(Path.of(arguments[0]), List.of("run.directory=" + arguments[1], "run.save_every=4"));
            Surroundings surroundings = new Surroundings(System::nanoTime, System.out::println, new StopRequest());
            try (TrainingRun run = TrainingRun.open(config, TrainingOptions.NONE, surroundings)) {
                run.train();
            }
        }
    }
}
