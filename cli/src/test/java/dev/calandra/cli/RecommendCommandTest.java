package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.PublishedLaws;
import dev.calandra.laws.choice.RunPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecommendCommandTest {

    @TempDir
    private Path folder;

    private Terminal recommend(String... more) {
        return Terminal.run(Stream.concat(Stream.of("recommend", "--base", TinyRun.PICO), Stream.of(more))
                .toArray(String[]::new));
    }

    @Test
    void aBudgetBecomesAConfigThatTrainsAndCanBePlanned() {
        Path file = folder.resolve("recommended.yaml");
        Terminal terminal = recommend("--budget", "1e18", "--out", file.toString());

        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out())
                .contains("for C = 1.000e+18 FLOPs (M D)")
                .containsPattern(
                        "optimizer.learning_rate +[0-9.e-]+ +the law was published without intervals +hyperparameters, arXiv");
        assertThat(terminal.err()).doesNotContain("warning");
        PretrainConfig config = Configs.load(file, List.of()).forTraining();
        RunPoint point = RunPoint.of(config);
        assertThat(point.scalingLawFlops()).isCloseTo(1e18, Percentage.withPercentage(1));
        assertThat(config.optimizer().learningRate())
                .isCloseTo(
                        PublishedLaws.LING_MOE_HYPER_PARAMETERS.learningRate().at(1e18),
                        Percentage.withPercentage(0.1));
        assertThat((double) config.tokensPerStep())
                .isCloseTo(
                        PublishedLaws.LING_MOE_HYPER_PARAMETERS.batchTokens().at(1e18), Percentage.withPercentage(1));
        // Rungs are about a factor of two apart.
        assertThat(point.scalingLawFlops() / point.columns().get("tokens"))
                .isBetween(
                        PublishedLaws.LING_MOE_ALLOCATION.flopsPerToken().at(1e18) / 2,
                        PublishedLaws.LING_MOE_ALLOCATION.flopsPerToken().at(1e18) * 2);
        assertThat(Terminal.run("plan", file.toString()).status()).isZero();
    }

    @Test
    void choicesStandInTheFileWithTheLawTheyComeFrom() {
        Terminal terminal = recommend("--budget", "1e18");

        assertThat(terminal.out())
                .startsWith("# Recommended for C = 1.000e+18 FLOPs (M D).")
                .containsPattern("  learning_rate: [0-9.e-]+  # .*arXiv 2507.17702")
                .containsPattern("  hidden_size: \\d+  # .*law: .* FLOPs per token, rung: .*Table 1")
                .containsPattern("  batch_size: \\d+  # .* sequences; .* tokens");
    }

    @Test
    void farFromTheFittedRunsTheUserIsWarned() {
        Terminal terminal = recommend("--budget", "1e12");

        assertThat(terminal.status()).isZero();
        assertThat(terminal.err())
                .contains(
                        "warning: learning rate and batch size: 3.00e+05 times beyond the runs behind the law (arXiv 2507.17702, 2.3)");
        assertThat(terminal.out()).contains("# Warning: learning rate and batch size: 3.00e+05 times beyond");
    }

    @Test
    void computeOfUnknownConventionIsDoubted() throws IOException {
        Path law = folder.resolve("law.json");
        String text = """
                {"law": "hyperparameters", "formula": "", "source": "mine.csv", "runs": 20,
                 "constants": {"learning_rate.coefficient": {"value": 0.1}, "learning_rate.flops": {"value": -0.1},
                               "batch_tokens.coefficient": {"value": 0.1}, "batch_tokens.flops": {"value": 0.3}},
                 "variables": {"flops": "%s"}}
                """;
        Files.writeString(law, text.formatted("compute"));
        assertThat(recommend("--budget", "1e18", "--law", law.toString()).err())
                .contains("warning: compute in law mine.csv was \"compute\", taken to be M D here");
        for (String known : List.of("scaling_law_flops", "six_nd_flops", "6*parameters*tokens")) {
            Files.writeString(law, text.formatted(known));
            assertThat(recommend("--budget", "1e18", "--law", law.toString()).err())
                    .doesNotContain("taken to be");
        }
    }

    @Test
    void aTimeAtAMeasuredRateIsABudget() {
        PretrainConfig pico = Configs.load(Path.of(TinyRun.PICO), List.of()).config();
        double perToken = RunPoint.of(pico).scalingLawFlops() / pico.totalTokens();

        Terminal terminal = recommend("--hours", "10", "--tokens-per-second", "4000");

        assertThat(terminal.out())
                .contains(String.format(Locale.ROOT, "# Recommended for C = %.3e FLOPs", 10 * 3600 * 4000 * perToken));
    }

    @Test
    void aLossLawChoosesTheSizeWithTheLowestLoss() throws IOException {
        Path law = folder.resolve("loss.json");
        Files.writeString(law, """
                {"law": "chinchilla", "formula": "", "source": "here", "runs": 20,
                 "constants": {"E": {"value": 1.7}, "A": {"value": 400}, "alpha": {"value": 0.34}, "B": {"value": 410}, "beta": {"value": 0.28}},
                 "variables": {"parameters": "active_parameters", "tokens": "tokens"},
                 "fitted_range": {"parameters": {"from": 3e5, "to": 5e6}, "tokens": {"from": 1e6, "to": 1e9}}}
                """);

        Terminal terminal = recommend("--budget", "1e16", "--law", law.toString(), "--law", "ling");

        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out())
                .containsPattern(
                        "hidden_size: \\d+  # .*loss [0-9.]+ at .* parameters \\(active\\); .*chinchilla, here");
    }

    /** Of pico all parameters are several times those that one token visits. */
    @Test
    void aLossLawOfUnknownParametersIsAskedWithActiveOnesAndThatIsSaid() throws IOException {
        Path table = folder.resolve("runs.csv");
        StringBuilder runs = new StringBuilder("N,D,loss\n");
        for (double n = 1e6; n < 1e9; n *= 4) {
            for (double d = 1e8; d < 1e11; d *= 5) {
                runs.append(n + "," + d + "," + (1.7 + 400 * Math.pow(n, -0.34) + 410 * Math.pow(d, -0.28)) + "\n");
            }
        }
        Files.writeString(table, runs);
        Path law = folder.resolve("law.json");
        Terminal fit = Terminal.run(
                "fit", table.toString(), "--map", "parameters=N,tokens=D", "--bootstrap", "0", "-o", law.toString());
        assertThat(fit.status()).as(fit.err()).isZero();
        assertThat(Files.readString(law)).contains("of a MoE model recommend takes the active ones for them");

        Terminal terminal = recommend("--budget", "1e17", "--law", law.toString());

        assertThat(terminal.err())
                .contains("parameters in law " + table + " were \"N\", taken to be the active ones here");
        assertThat(terminal.out()).containsPattern("loss [0-9.]+ at [0-9.e+]+ parameters \\(active\\);");
        assertThat(recommend("--budget", "1e17", "--law", "chinchilla").out()).contains("parameters (active);");
    }

    @Test
    void theAllocationThatFitWritesChoosesTheSize() throws IOException {
        StringBuilder runs = new StringBuilder("N,C,loss\n");
        for (double compute = 1e15; compute < 1e19; compute *= 10) {
            double best = 0.1 * Math.sqrt(compute);
            for (double factor = 0.25; factor < 5; factor *= 2) {
                double distance = Math.log(factor);
                runs.append(best * factor + "," + compute + "," + (2 + 0.05 * distance * distance) + "\n");
            }
        }
        Path table = Files.writeString(folder.resolve("runs.csv"), runs);
        Path law = folder.resolve("allocation.json");
        String map = "parameters=N,flops=C,tokens=flops/(6*N),loss=loss";
        Terminal fit = Terminal.run(
                "fit", table.toString(), "--law", "isoflop", "--map", map, "--bootstrap", "20", "-o", law.toString());
        assertThat(fit.status()).as(fit.err()).isZero();

        Terminal terminal = recommend("--budget", "1e17", "--law", law.toString(), "--law", "ling");

        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out())
                .containsPattern("hidden_size: \\d+  # .*law: 3.16e\\+07 parameters \\(active\\), rung: ");
    }

    @Test
    void mistakesAreUsageErrors() {
        assertThat(recommend().err()).contains("give either --budget or --hours");
        assertThat(recommend("--budget", "1e18", "--hours", "1").status()).isEqualTo(2);
        assertThat(recommend("--hours", "1").err()).contains("belong together");
        assertThat(recommend("--budget", "-1").err()).contains("--budget must be above 0, is -1.0");
        assertThat(recommend("--budget", "1e18", "--law", "nobody").err()).contains("no such law file");
        Terminal head = recommend("--budget", "1e18", "--set", "model.head_dim=100");
        assertThat(head.status()).isEqualTo(2);
    }
}
