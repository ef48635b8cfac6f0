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
    void theOtherPublishedModelsHaveTheirSizesToo() {
        assertThat(Terminal.run("plan", "../configs/ling-flash-2.0.yaml").out())
                .containsPattern("all without mtp +102,8\\d\\d,\\d{3},\\d{3} +6,15\\d,\\d{3},\\d{3}");
        assertThat(Terminal.run("plan", "../configs/ling-1t.yaml").out())
                .containsPattern("all without mtp +999,[67]\\d\\d,\\d{3},\\d{3} +51,0[45]\\d,\\d{3},\\d{3}");
    }

    @Test
    void ranksShareExpertsAndMoments() {
        String alone = Terminal.run("plan", "../configs/ling-mini-2.0.yaml").out();
        assertThat(alone).containsPattern("weights, F32 +63\\.\\d+ GiB").doesNotContain("SENT BY A RANK");

        Terminal shared = Terminal.run("plan", "../configs/ling-mini-2.0.yaml", "--ranks", "64", "--expert", "8");
        assertThat(shared.status()).as(shared.err()).isZero();
        // 1.0 billion parameters everywhere and an eighth of 16.1 billion; all moments over 64 ranks.
        assertThat(shared.out())
                .containsPattern("weights, F32 +11\\.\\d+ GiB")
                .containsPattern("moments +1\\.9\\d+ GiB")
                .containsPattern("rows to and from experts +[1-9][\\d,]*\\.\\d+ GiB");
    }

    @Test
    void layoutsThatCannotBeAreUsageErrors() {
        Terminal uneven = Terminal.run("plan", "../configs/pico.yaml", "--ranks", "6", "--expert", "4");
        assertThat(uneven.status()).isEqualTo(2);
        assertThat(uneven.err()).contains("6 ranks cannot hold copies of the experts on 4 ranks each");

        Terminal experts = Terminal.run("plan", "../configs/pico.yaml", "--ranks", "3", "--expert", "3");
        assertThat(experts.status()).isEqualTo(2);
        assertThat(experts.err()).contains("32 experts cannot be dealt out to 3 ranks; use a divisor");
    }

    @Test
    void timeHasItsPrice() {
        // 1,638,400 tokens at 455.1 tokens/s are an hour.
        assertThat(Terminal.run(
                                "plan",
                                "../configs/pico.yaml",
                                "--tokens-per-second",
                                "455.11",
                                "--cost-per-hour",
                                "2.5")
                        .out())
                .containsPattern("cost +2\\.50");
        assertThat(Terminal.run("plan", "../configs/pico.yaml", "--cost-per-hour", "2")
                        .err())
                .contains("--cost-per-hour needs --tokens-per-second");
    }

    @Test
    void aRateOfZeroIsAUsageError() {
        Terminal terminal = Terminal.run("plan", "../configs/pico.yaml", "--tokens-per-second", "0");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("--tokens-per-second must be above 0, is 0.0");
    }
}
