package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlanCommandTest {

    @Test
    void aPublishedModelHasItsPublishedSize() {
        Terminal terminal = Terminal.run("plan", "../configs/ling-mini-2.0.yaml");

        assertThat(terminal.status()).isZero();
        // 16.26 billion parameters, 1.43 billion active (Ling 2.0 report, table 1).
        assertThat(terminal.out()).containsPattern("all without mtp +16,25\\d,\\d{3},\\d{3} +1,43\\d,\\d{3},\\d{3}");
    }

    @Test
    void aMeasuredRateGivesTheTime() {
        // 400 steps of 4096 tokens at 4096 tokens/s are 400 seconds.
        assertThat(Terminal.run("plan", "../configs/pico.yaml", "--tokens-per-second", "4096")
                        .out())
                .containsPattern("time +0\\.1 hours");
    }

    @Test
    void aRateOfZeroIsAUsageError() {
        Terminal terminal = Terminal.run("plan", "../configs/pico.yaml", "--tokens-per-second", "0");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("--tokens-per-second must be above 0, is 0.0");
    }
}
