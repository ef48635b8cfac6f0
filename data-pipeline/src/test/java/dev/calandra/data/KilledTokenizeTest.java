package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.data.documents.ProblemDocuments;
import dev.calandra.data.shards.ShardLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that tokenize, killed without warning (SIGKILL) at random moments until one of them gets to the end. */
@Tag("long")
class KilledTokenizeTest {
    private static final long SEED = 17;

    @TempDir
    Path folder;

    /** The process: tokenizes problems into the folder that it is given. */
    static final class Job {
        private Job() {}

        public static void main(String[] arguments) {
            TokenizeOptions options = new TokenizeOptions("problems", 0.05, 0, 2, new ShardLimits(250_000, 40_000));
            try (Tokenizer tokenizer = TestTokenizer.open()) {
                new TokenizeJob(tokenizer, options, progress -> {}).run(new ProblemDocuments(1, 30_000), arguments[0]);
            }
        }
    }

    @Test
    void theShardsAreThoseOfAJobThatWasNotKilled() throws IOException, InterruptedException {
        Path whole = folder.resolve("whole");
        Job.main(new String[] {whole.toString()});
        Path killed = folder.resolve("killed");
        Random random = new Random(SEED);
        int kills = 0;
        boolean done = false;
        while (!done) {
            Process process = start(killed);
            // Starting takes about a second; later kills are given more time, or the job would never end.
            done = process.waitFor(700 + random.nextInt(1500) + 100L * kills, TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            if (!done) {
                kills++;
                assertThat(killed.resolve("train/manifest.json"))
                        .as("after kill %d, seed %d", kills, SEED)
                        .doesNotExist();
            } else {
                assertThat(process.exitValue()).isZero();
            }
        }
        assertThat(kills).as("seed %d", SEED).isPositive();
        Map<String, byte[]> expected = content(whole);
        Map<String, byte[]> found = content(killed);
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
    }

    private Process start(Path target) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Job.class.getName(),
                target.toString());
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.txt").toFile())
                .start();
    }

    private static Map<String, byte[]> content(Path root) throws IOException {
        Map<String, byte[]> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                content.put(root.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return content;
    }
}
