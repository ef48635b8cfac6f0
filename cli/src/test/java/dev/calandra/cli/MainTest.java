package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {

    @Test
    void helpListsTheCommandsAndTheExitStatuses() {
        Terminal terminal = Terminal.run("--help");

        assertThat(terminal.status()).isZero();
        assertThat(terminal.out()).contains("Usage: calandra", "doctor", "75   stopped early");
        assertThat(terminal.err()).isEmpty();
    }

    @Test
    void everyCommandHasHelp() {
        Terminal terminal = Terminal.run("doctor", "--help");

        assertThat(terminal.status()).isZero();
        assertThat(terminal.out()).startsWith("Usage: calandra doctor");
    }

    @Test
    void aMissingCommandIsAUsageError() {
        Terminal terminal = Terminal.run();

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).startsWith("calandra: which command?").contains("Try 'calandra --help'.");
    }

    @Test
    void aMisspeltCommandIsAUsageErrorWithASuggestion() {
        Terminal terminal = Terminal.run("docter");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("'docter'", "Did you mean: calandra doctor");
    }

    @Test
    void verboseShowsWhereAnErrorComesFrom() {
        assertThat(Terminal.run("config", "nowhere.yaml", "--verbose").err())
                .startsWith("calandra: nowhere.yaml: no such file")
                .contains("at dev.calandra.configs.Configs.load");
    }

    @Test
    void anUnknownOptionIsAUsageError() {
        Terminal terminal = Terminal.run("doctor", "--fast");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("Unknown option: '--fast'", "Try 'calandra doctor --help'.");
    }
}
