package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.data.documents.ProblemDocuments;
import dev.calandra.data.shards.ShardLimits;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that tokenize, killed without warning (SIGKILL) at random moments of their work, before one may get to the end. */
@Tag("long")
class KilledTokenizeTest {
    private static final long SEED = 17;
    /** Few enough that none finds all shards written: there are some forty. */
    private static final int KILLS = 6;
    /** Longest time from the first file that a process writes to its end. */
    private static final int MILLISECONDS = 60;

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
        for (int start = 1; start <= KILLS; start++) {
            Process process = start(killed);
            awaitWork(process, killed);
            Thread.sleep(random.nextInt(MILLISECONDS));
            process.destroyForcibly().waitFor();
            kills += process.exitValue() == 0 ? 0 : 1;
            assertThat(killed.resolve("train/manifest.json"))
                    .as("after start %d, seed %d", start, SEED)
                    .doesNotExist();
        }
        assertThat(kills).as("seed %d", SEED).isEqualTo(KILLS);
        assertThat(start(killed).waitFor()).isZero();
        Map<String, byte[]> expected = content(whole);
        Map<String, byte[]> found = content(killed);
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
    }

    /** Returns when the job has written something new, or has ended. */
    private static void awaitWork(Process process, Path target) throws IOException, InterruptedException {
        Set<String> before = names(target);
        while (process.isAlive() && before.containsAll(names(target))) {
            Thread.sleep(5);
        }
    }

    private static Set<String> names(Path target) throws IOException {
        Set<String> names = new HashSet<>();
        if (Files.exists(target)) {
            Files.walkFileTree(target, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    names.add(file.toString());
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    // Renamed or removed meanwhile.
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        return names;
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
