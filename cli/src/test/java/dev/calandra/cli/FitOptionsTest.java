package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every option of fit shows in its result. */
class FitOptionsTest {
    private static final int RUNS = 20;

    @TempDir
    private Path folder;

    private Path runs;

    /** Chinchilla's law; the last run is 30 % off, and the first stands there twice. */
    @BeforeEach
    void write() throws IOException {
        StringBuilder csv = new StringBuilder("N,D,loss,set\n");
        List<String> rows = new ArrayList<>();
        for (double n = 5e7; n < 1e10; n *= 3) {
            for (double ratio : new double[] {5, 20, 80, 320}) {
                double loss = 1.8172 + 482.01 * Math.pow(n, -0.3478) + 2085.43 * Math.pow(n * ratio, -0.3658);
                rows.add(String.format(Locale.ROOT, "%s,%s,%.9f,a%n", n, n * ratio, loss));
            }
        }
        rows.set(RUNS - 1, "4.05e9,1.296e12,9,off\n");
        csv.append(String.join("", rows)).append(rows.getFirst());
        runs = Files.writeString(folder.resolve("runs.csv"), csv);
    }

    private JsonNode fit(String... more) throws JsonProcessingException {
        List<String> arguments =
                new ArrayList<>(List.of("fit", runs.toString(), "--map", "parameters=N,tokens=D", "--json"));
        if (!List.of(more).contains("--bootstrap")) {
            arguments.addAll(List.of("--bootstrap", "0"));
        }
        arguments.addAll(List.of(more));
        Terminal terminal = Terminal.run(arguments.toArray(String[]::new));
        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out()).doesNotContain("NaN", "Infinity");
        return JsonMapper.builder().build().readTree(terminal.out());
    }

    private static double value(JsonNode result, String constant) {
        return result.at("/constants/" + constant + "/value").asDouble();
    }

    private static int fitted(JsonNode result) {
        return result.at("/rows/fitted").asInt();
    }

    private static List<String> rules(JsonNode result) {
        return StreamSupport.stream(result.at("/rows/excluded").spliterator(), false)
                .map(each -> each.path("rule").asText())
                .toList();
    }

    @Test
    void jsonIsJson() throws IOException {
        JsonNode result = fit("--bootstrap", "20", "--drop", "set=off");

        assertThat(result.path("law").asText()).isEqualTo("chinchilla");
        assertThat(result.path("residuals")).hasSize(RUNS - 1);
        assertThat(result.at("/constants/E/low").isNumber()).isTrue();
        assertThat(result.at("/variables/tokens").asText()).isEqualTo("D");
    }

    @Test
    void rowsAreLeftOutByTheRuleThatWasAskedFor() throws IOException {
        JsonNode all = fit();
        assertThat(fitted(all)).isEqualTo(RUNS);
        assertThat(rules(all)).singleElement().asString().startsWith("a duplicate");
        assertThat(fitted(fit("--repeats", "keep"))).isEqualTo(RUNS + 1);
        JsonNode best = fit("--repeats", "best");
        assertThat(rules(best)).containsExactly("not the best of runs of equal size, see --repeats");
        JsonNode dropped = fit("--drop", "set=off");
        assertThat(fitted(dropped)).isEqualTo(RUNS - 1);
        assertThat(rules(dropped)).contains("dropped by --drop 'set=off'");
        assertThat(value(dropped, "E")).isCloseTo(1.8172, within(1e-3));
        JsonNode highest = fit("--drop-highest", "1");
        assertThat(rules(highest)).contains("among the 1 highest losses");
        assertThat(value(highest, "E")).isCloseTo(1.8172, within(1e-3));
        assertThat(rules(fit("--max-loss", "8"))).contains("diverged: loss above 8.00, see --max-loss");
    }

    @Test
    void theLossOfResidualsIsChosen() throws IOException {
        JsonNode usual = fit();
        assertThat(usual.path("criterion").asText()).isEqualTo("sum of Huber(0.001) of the residuals of log loss");
        // Least squares follow the odd run, Huber's loss hardly.
        double robust = Math.abs(value(usual, "E") - 1.8172);
        JsonNode squares = fit("--huber", "none");
        assertThat(squares.path("criterion").asText()).startsWith("half the sum of squares");
        assertThat(Math.abs(value(squares, "E") - 1.8172)).isGreaterThan(10 * robust);
        assertThat(fit("--residuals", "plain", "--huber", "0.01")
                        .path("criterion")
                        .asText())
                .isEqualTo("sum of Huber(0.01) of the residuals of loss");
        JsonNode fixed = fit("--fix", "E=1.9,alpha=0.35");
        assertThat(value(fixed, "E")).isEqualTo(1.9);
        assertThat(value(fixed, "alpha")).isEqualTo(0.35);
    }

    @Test
    void aReportSaysWhatWasGivenOnlyWhereThatIsKnown() throws IOException {
        Path page = folder.resolve("law.html");
        fit("--report", page.toString());
        assertThat(Files.readString(page))
                .contains("<h2>chinchilla</h2>", "runs.csv")
                .doesNotContain("<td>given</td>");
        fit("--report", page.toString(), "--bootstrap", "20", "--fix", "E=1.8172");
        assertThat(Files.readString(page)).containsOnlyOnce("<td>given</td>");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "isoflop | --huber | 0.1 | --huber is for laws chinchilla, overtraining, repetition, routed, leverage, not isoflop",
                "hyperparameters | --fix | E=1 | --fix is for laws chinchilla",
                "hyperparameters | --residuals | log | --residuals is for laws chinchilla",
                "chinchilla | --form | batch_tokens=tokens | --form is for law hyperparameters, not chinchilla",
                "hyperparameters | --form | batch=tokens | --form: batch is neither learning_rate nor batch_tokens",
                "hyperparameters | --form | batch_tokens=N | --form: batch_tokens cannot depend on \"N\"; there are parameters",
                "leverage | --drop-highest | 1 | --drop-highest leaves out runs of highest loss, and the law has no loss"
            })
    void optionsThatALawDoesNotTakeAreRefused(String law, String option, String value, String message) {
        String map = "parameters=N,tokens=D,leverage=loss,active_ratio=1/N,granularity=2";
        Terminal terminal =
                Terminal.run("fit", runs.toString(), "--law", law, "--map", map, option, value, "--bootstrap", "0");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains(message);
    }

    @Test
    void aGridOfLearningRatesAloneGivesItsLaw() throws IOException {
        StringBuilder csv = new StringBuilder("N,D,lr,bs,loss\n");
        for (double n : new double[] {1e7, 4e7, 1.6e8, 6.4e8}) {
            for (double rate = 1e-4; rate < 2e-2; rate *= 2) {
                double x = Math.log(rate / (10 * Math.pow(n, -0.5)));
                csv.append(n + "," + 20 * n + "," + rate + ",1024," + (3 + 0.01 * x * x) + "\n");
            }
        }
        Path grid = Files.writeString(folder.resolve("grid.csv"), csv);
        String map = "parameters=N,tokens=D,learning_rate=lr,batch_tokens=bs";
        Terminal terminal = Terminal.run(
                "fit",
                grid.toString(),
                "--law",
                "hyperparameters",
                "--map",
                map,
                "--form",
                "learning_rate=parameters",
                "--bootstrap",
                "50",
                "--json");
        assertThat(terminal.status()).as(terminal.err()).isZero();
        JsonNode result = JsonMapper.builder().build().readTree(terminal.out());
        assertThat(value(result, "learning_rate.parameters")).isCloseTo(-0.5, within(0.01));
        assertThat(result.path("constants")).hasSize(2);
        assertThat(result.path("residuals")).hasSize(4);
    }

    @Test
    void regretSaysWhereTheLawLedToARunWithoutALoss() throws IOException {
        Path grid = Files.writeString(folder.resolve("grid.csv"), """
                N,D,W,lr,bs,loss
                1e8,1e10,1,0.001,128,3.00
                1e8,1e10,1,0.002,128,2.90
                1e8,1e10,1,0.004,128,NaN
                2e8,1e10,1,0.004,128,2.85
                """);
        String map = "parameters=N,tokens=D,learning_rate=lr,batch_tokens=bs*2048";
        Terminal terminal = Terminal.run("regret", grid.toString(), "--law", "steplaw", "--map", map);
        assertThat(terminal.out())
                .contains(
                        "1 of 2 cells hold a point without a loss that is nearer to the law's choice",
                        "parameters 1.0000e+08, tokens 1.0000e+10: 0.0040000, 262144: loss is missing or not a number");
        assertThat(terminal.err()).doesNotContain("warning");
        Terminal json = Terminal.run("regret", grid.toString(), "--law", "steplaw", "--map", map, "--json");
        JsonNode result = JsonMapper.builder().build().readTree(json.out());
        assertThat(result.path("contested_cells").asInt()).isEqualTo(1);
        assertThat(result.path("contested_mean_excess").asDouble()).isZero();
        assertThat(result.path("cells_with_a_lost_point_nearer").asInt()).isEqualTo(1);
        assertThat(result.at("/cells/0/nearer_without_a_loss/learning_rate").asDouble())
                .isEqualTo(0.004);
        assertThat(Terminal.run("regret", grid.toString(), "--law", "ling", "--map", map)
                        .err())
                .contains("warning: law arXiv 2507.17702", "the table's is \"6*parameters*tokens\"", "another count");
        assertThat(Terminal.run("regret", grid.toString(), "--law", "ling", "--map", map + ",flops=W*1e20")
                        .err())
                .contains("may be counted otherwise");
    }
}
