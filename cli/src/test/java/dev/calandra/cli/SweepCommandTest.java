package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepCommandTest {

    @TempDir
    private Path folder;

    private Path file(String text) throws IOException {
        Path file = folder.resolve("sweep.yaml");
        Files.writeString(file, "base: %s\ndirectory: %s\n".formatted(TinyRun.PICO, folder.resolve("runs")) + text);
        return file;
    }

    private Terminal sweep(TinyRun tiny, String... more) throws IOException {
        Path file = file("set: {derive.tokens: 320}\ngrid: {optimizer.learning_rate: [1e-3, 2e-3]}\n");
        List<String> arguments = new ArrayList<>(List.of("sweep", file.toString()));
        for (String set : tiny.settings()) {
            // Steps follow from the tokens.
            if (!set.startsWith("run.steps") && !set.startsWith("run.directory")) {
                arguments.addAll(List.of("--set", set));
            }
        }
        arguments.addAll(List.of(more));
        return Terminal.run(arguments.toArray(String[]::new));
    }

    @Test
    void aSweepIsListedTrainedAndNotRepeated() throws IOException {
        TinyRun tiny = TinyRun.prepare(folder);

        Terminal listed = sweep(tiny, "--dry-run");
        assertThat(listed.status()).as(listed.err()).isZero();
        assertThat(listed.out())
                .containsPattern("learning_rate=1e-3_[0-9a-f]{8} .* 320 +5 +64 +1.00e-03")
                .contains("2 runs, ");
        assertThat(folder.resolve("runs")).doesNotExist();

        Terminal trained = sweep(tiny, "--cores", "2");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.out()).containsPattern("2 of 2 runs {2}learning_rate=.* finished {2}held-out loss [0-9.]+");
        assertThat(Files.readAllLines(folder.resolve("runs").resolve("runs.jsonl")))
                .hasSize(2);

        Terminal again = sweep(tiny);
        assertThat(again.status()).as(again.err()).isZero();
        assertThat(again.out())
                .contains("2 of 2 runs before; they are not repeated", "2 of 2 runs: 2 finished")
                .doesNotContain("held-out");
        assertThat(Files.readAllLines(folder.resolve("runs").resolve("runs.jsonl")))
                .hasSize(2);
    }

    @Test
    void runsThatFailAreNamedAndTheOthersTrained() throws IOException {
        TinyRun tiny = TinyRun.prepare(folder);
        Terminal listed = sweep(tiny, "--dry-run");
        String first = listed.out()
                .lines()
                .filter(line -> line.startsWith("learning_rate=1e-3_"))
                .findFirst()
                .orElseThrow()
                .split(" ")[0];
        Path taken = folder.resolve("runs").resolve(first);
        Files.createDirectories(taken.getParent());
        Files.writeString(taken, "not a folder");

        Terminal trained = sweep(tiny, "--cores", "1");
        assertThat(trained.status()).isNotIn(0, 75);
        assertThat(trained.out()).contains("2 of 2 runs: 1 finished, 1 failed");
        assertThat(trained.err())
                .contains("1 of 2 runs failed: " + first, "runs.jsonl says why, and the same command tries them again");

        Files.delete(taken);
        Terminal again = sweep(tiny, "--cores", "1");
        assertThat(again.status()).as(again.err()).isZero();
        assertThat(again.out()).contains("1 of 2 runs before; they are not repeated", "2 of 2 runs: 2 finished");
    }

    @Test
    void mistakesEndTheCommandBeforeARunBegins() throws IOException {
        Terminal unknown = Terminal.run(
                "sweep", file("grid: {optimizer.learnig_rate: [1]}\n").toString());
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err()).contains("sweep.yaml:3: optimizer.learnig_rate: unknown key; did you mean");
        assertThat(folder.resolve("runs")).doesNotExist();

        Terminal cores = Terminal.run("sweep", file("").toString(), "--cores", "0");
        assertThat(cores.status()).isEqualTo(2);
        assertThat(cores.err()).contains("--cores must be at least 1, is 0");

        assertThat(Terminal.run("sweep").err()).contains("Missing required parameter: 'SWEEP'");
    }
}
