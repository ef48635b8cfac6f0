package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be launched; what can, and then fails, is {@link LaunchFaultsTest}'s. */
class LaunchCommandTest {

    @TempDir
    private Path folder;

    @Test
    void whatIsAskedOfAFirstStartIsNotRepeated() {
        List<String> all = List.of("--takeover", "--step", "40", "--allow-change", "run.seed", "--step=50");
        assertThat(LaunchCommand.forStart(all, true, false)).isEqualTo(all);
        assertThat(LaunchCommand.forStart(all, false, false))
                .containsExactly("--step", "40", "--allow-change", "run.seed", "--step=50");
        assertThat(LaunchCommand.forStart(all, false, true)).containsExactly("--allow-change", "run.seed");
    }

    /** Checksums of all shards would take as long as resuming does. */
    @Test
    void progressIsReadFromManifestsAlone() throws IOException {
        TinyRun tiny = TinyRun.prepare(folder);
        Path run = folder.resolve("progress");
        assertThat(SavedProgress.of(run.toString())).isEqualTo(new SavedProgress(0, 0));
        Terminal trained = tiny.run("pretrain", "--set", "run.directory=" + run, "--set", "run.steps=2");
        assertThat(trained.status()).as(trained.err()).isZero();
        for (Path shard : shards(run.resolve("step-000000002"))) {
            Files.delete(shard);
        }
        assertThat(SavedProgress.of(run.toString())).isEqualTo(new SavedProgress(2, 1));
    }

    private static List<Path> shards(Path step) throws IOException {
        try (Stream<Path> files = Files.list(step)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            assertThat(found).isNotEmpty();
            return found;
        }
    }

    @Test
    void whatCannotBeLaunchedIsRefused() {
        Terminal other = Terminal.run("launch", "--ranks", "2", "evaluate", TinyRun.PICO);
        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err()).contains("'evaluate' cannot be launched");
        Terminal none = Terminal.run("launch", "--ranks", "0", "pretrain", TinyRun.PICO);
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("--ranks must be at least 1");
        Terminal local = TinyRun.prepare(folder).run("pretrain", "--local-ranks", "3");
        assertThat(local.status()).isEqualTo(2);
        assertThat(local.err()).contains("cannot be shared out among the ranks (2 sequences for 3)");
    }
}
