package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

        Terminal shared = Terminal.run("plan", "../configs/ling-mini-2.0.yaml", "--ranks", "40", "--expert", "8");
        assertThat(shared.status()).as(shared.err()).isZero();
        // 1.0 billion parameters everywhere and an eighth of 16.1 billion; all moments over 40 ranks.
        assertThat(shared.out())
                .containsPattern("weights, F32 +11\\.\\d+ GiB")
                .containsPattern("moments +3\\.[12]\\d+ GiB")
                // An embedding of 322 million elements over 40 ranks, 32 experts of a layer with 67 million over 5; 2
                // and a bit each.
                .containsPattern("messages of gradients +2\\.99\\d GiB")
                .containsPattern("rows to experts +[1-9][\\d,]*\\.\\d+ GiB");
    }

    @ParameterizedTest
    @CsvSource({"ling-mini-2.0,80", "ling-mini-2.0,440", "ling-flash-2.0,96", "ling-1t,144", "ling-1t,1008"})
    void presetsFitNodesOfEightRanksAsTheyAre(String preset, int ranks) {
        Terminal terminal = Terminal.run(
                "plan", "../configs/" + preset + ".yaml", "--ranks", Integer.toString(ranks), "--expert", "8");
        assertThat(terminal.status()).as(terminal.err()).isZero();
    }

    @Test
    void layoutsThatCannotBeAreUsageErrors() {
        Terminal uneven = Terminal.run("plan", "../configs/pico.yaml", "--ranks", "6", "--expert", "4");
        assertThat(uneven.status()).isEqualTo(2);
        assertThat(uneven.err()).contains("parallel.expert: does not divide the number of ranks (4 into 6)");

        Terminal experts = Terminal.run("plan", "../configs/pico.yaml", "--ranks", "3", "--expert", "3");
        assertThat(experts.status()).isEqualTo(2);
        assertThat(experts.err())
                .contains("parallel.expert: does not divide model.num_experts (3 ranks for 32 experts)");

        // What the trainer refuses is not priced either.
        Terminal batch = Terminal.run("plan", "../configs/ling-mini-2.0.yaml", "--ranks", "64", "--expert", "8");
        assertThat(batch.status()).isEqualTo(2);
        assertThat(batch.err())
                .contains("run.batch_size: cannot be shared out among the ranks (4400 sequences for 64)");
        Terminal pass = Terminal.run("plan", "../configs/pico.yaml", "--ranks", "4", "--set", "run.micro_batch_size=4");
        assertThat(pass.status()).isEqualTo(2);
        assertThat(pass.err()).contains("run.micro_batch_size: does not divide a rank's sequences (4 into 2");
        assertThat(Terminal.run("plan", "../configs/pico.yaml", "--ranks", "0").err())
                .contains("--ranks and --expert must be at least 1");
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

    @Test
    void aStepOfManyRanksIsSimulatedPartByPart(@TempDir Path folder) throws IOException {
        // 4096 tokens over two ranks at 1024 tokens/s, and half of all F32 gradients and of all weights at 100 MB/s.
        String[] simulate = {
            "plan",
            "--simulate",
            "../configs/pico.yaml",
            "--ranks",
            "2",
            "--cores",
            "2",
            "--rank-tokens-per-second",
            "1024",
            "--latency",
            "0",
            "--bandwidth",
            "1e8"
        };
        Terminal replicas = Terminal.run(simulate);
        assertThat(replicas.status()).as(replicas.err()).isZero();
        assertThat(replicas.out())
                .containsPattern("computing, at 1024 tokens/s a rank +2\\.0000")
                .containsPattern("sums of gradients +0\\.4\\d{3}")
                .containsPattern("rows to and from experts +0\\.0000")
                .containsPattern("times the rate of one rank +1\\.3\\d");

        Path metrics = folder.resolve("metrics.jsonl");
        String load = IntStream.range(0, 32).mapToObj(e -> e < 16 ? "30" : "10").collect(Collectors.joining(","));
        String step = "{\"event\":\"step\",\"balance\":{\"a\":{\"tokens_per_expert\":[" + load
                + "]}},\"time\":{\"tokens_per_second\":512}}";
        Files.write(metrics, Collections.nCopies(11, step));
        Terminal experts = Terminal.run(
                "plan",
                "--simulate",
                "../configs/pico.yaml",
                "--ranks",
                "2",
                "--expert",
                "2",
                "--threads",
                "1",
                "--measured",
                metrics.toString());
        assertThat(experts.status()).as(experts.err()).isZero();
        assertThat(experts.out())
                .containsPattern("computing, at 512 tokens/s a rank +4\\.0000")
                .containsPattern("waiting for the busiest experts +0\\.[1-9]\\d*")
                .containsPattern("a message +\\d+\\.\\d µs and \\d+\\.\\d\\d GB/s")
                .doesNotContain("take turns");
    }

    @Test
    void threadsAreThoseOfTheMeasuredRun(@TempDir Path folder) throws IOException {
        Path metrics = folder.resolve("metrics.jsonl");
        Files.write(metrics, Collections.nCopies(11, "{\"event\":\"step\",\"time\":{\"tokens_per_second\":512}}"));
        Terminal unknown = simulated(metrics);
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err()).contains("config.yaml is not there to say how many threads");

        Files.writeString(folder.resolve("config.yaml"), configOfARun(2));
        // Two ranks of two threads on two cores take turns: eight seconds of computing where there were four.
        assertThat(simulated(metrics).out())
                .containsPattern("threads taking turns on 2 cores +4\\.0000")
                .contains("Ranks that take turns on cores also wait for each other");
        Terminal other = simulated(metrics, "--threads", "1");
        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err()).contains("--threads is 1, but the run of --measured had 2");

        Files.writeString(folder.resolve("config.yaml"), configOfARun(0));
        assertThat(simulated(metrics).out()).containsPattern("threads taking turns on 2 cores +4\\.0000");
    }

    @Test
    void theRateOfSeveralRanksIsNotThatOfOne(@TempDir Path folder) throws IOException {
        Path metrics = folder.resolve("metrics.jsonl");
        Files.write(
                metrics,
                Collections.nCopies(11, "{\"event\":\"step\",\"time\":{\"tokens_per_second\":512,\"bytes_sent\":9}}"));
        Terminal several = simulated(metrics, "--threads", "1");
        assertThat(several.status()).isEqualTo(2);
        assertThat(several.err()).contains(metrics + " is of a run of several ranks");
    }

    private static Terminal simulated(Path metrics, String... more) {
        List<String> arguments = new ArrayList<>(List.of("plan", "--simulate", "../configs/pico.yaml"));
        arguments.addAll(List.of("--ranks", "2", "--cores", "2", "--latency", "0", "--bandwidth", "1e9"));
        arguments.addAll(List.of("--measured", metrics.toString()));
        arguments.addAll(List.of(more));
        return Terminal.run(arguments.toArray(String[]::new));
    }

    private static String configOfARun(int threads) {
        Terminal config = Terminal.run("config", "--yaml", "../configs/pico.yaml", "--set", "run.threads=" + threads);
        assertThat(config.status()).as(config.err()).isZero();
        return config.out();
    }

    @Test
    void aSimulationSaysWhatItNeeds(@TempDir Path folder) throws IOException {
        Terminal rateless = Terminal.run("plan", "--simulate", "../configs/pico.yaml", "--ranks", "2");
        assertThat(rateless.status()).isEqualTo(2);
        assertThat(rateless.err()).contains("--simulate needs a measured rate");

        Terminal halfALink = Terminal.run(
                "plan", "--simulate", "../configs/pico.yaml", "--rank-tokens-per-second", "9", "--latency", "1");
        assertThat(halfALink.status()).isEqualTo(2);
        assertThat(halfALink.err()).contains("--latency and --bandwidth go together");

        Terminal unasked = Terminal.run("plan", "../configs/pico.yaml", "--cores", "2");
        assertThat(unasked.status()).isEqualTo(2);
        assertThat(unasked.err()).contains("add --simulate");

        Path young = Files.writeString(folder.resolve("metrics.jsonl"), "{\"event\":\"step\"}\n");
        Terminal brief = Terminal.run("plan", "--simulate", "../configs/pico.yaml", "--measured", young.toString());
        assertThat(brief.status()).isEqualTo(3);
        assertThat(brief.err()).contains("no step behind the tenth");

        Terminal absent = Terminal.run("plan", "--simulate", "../configs/pico.yaml", "--measured", folder + "/none");
        assertThat(absent.status()).isEqualTo(3);
    }
}
