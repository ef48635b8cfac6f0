package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be launched; what can, and then fails, is {@link LaunchFaultsTest}'s. */
class LaunchCommandTest {

    @TempDir
    private Path folder;

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
