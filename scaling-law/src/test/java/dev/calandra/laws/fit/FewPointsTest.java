package dev.calandra.laws.fit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.records.Range;
import dev.calandra.laws.report.FitJson;
import dev.calandra.laws.report.HtmlReport;
import dev.calandra.laws.table.RunTable;
import dev.calandra.laws.table.Runs;
import dev.calandra.laws.table.Selection;
import dev.calandra.laws.table.TableReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Laws of as few points as a line takes: the draws have the widest tails that there are, and are laws all the same. */
class FewPointsTest {
    private static final int DRAWS = 3000;

    @TempDir
    private Path folder;

    private static FitSettings settings(long seed) {
        return FitSettings.usual(DRAWS, seed);
    }

    private Path table(int count) throws IOException {
        Runs runs = Synthetic.budgets(1);
        StringBuilder csv = new StringBuilder("flops,parameters,loss\n");
        for (int i = 0; i < 11 * count; i++) {
            csv.append(String.format(
                    Locale.ROOT, "%s,%s,%s%n", runs.of("flops")[i], runs.of("parameters")[i], runs.of("loss")[i]));
        }
        return Files.writeString(folder.resolve("budgets.csv"), csv);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void aFewBudgets(int count) throws IOException {
        RunTable table = TableReader.read(table(count));
        FitResult fit = Fitting.fit("isoflop", table, Selection.of(""), settings(1));

        assertThat(fit.words()).anyMatch(word -> word.startsWith(count + " budgets"));
        requireUsable(fit, table, "parameters", Map.of("flops", 1e24));
    }

    /** Cells that lie so close, with runs that scatter so much, that any exponent goes through them. */
    @ParameterizedTest
    @CsvSource({"1, 1.05", "2, 1.05", "1, 4"})
    void threeCells(long seed, double step) throws IOException {
        Runs all = Synthetic.grid(0.002, seed);
        double first = all.of("parameters")[0];
        StringBuilder csv = new StringBuilder("parameters,tokens,learning_rate,batch_tokens,loss\n");
        for (int i = 0; i < all.size(); i++) {
            if (all.of("parameters")[i] == first) {
                double tokens = 1e10 * Math.pow(step, Math.log(all.of("tokens")[i] / 4e9) / Math.log(5));
                csv.append(String.format(
                        Locale.ROOT,
                        "%s,%s,%s,%s,%s%n",
                        first,
                        tokens,
                        all.of("learning_rate")[i],
                        all.of("batch_tokens")[i],
                        all.of("loss")[i]));
            }
        }
        RunTable table = TableReader.read(Files.writeString(folder.resolve("cells.csv"), csv));
        FitResult fit = Fitting.fit("hyperparameters", table, Selection.of(""), settings(seed));

        assertThat(fit.draws()).hasSize(DRAWS);
        requireUsable(fit, table, "learning_rate", Map.of("flops", 1e24, "tokens", 1e15, "parameters", 1e12));
    }

    private void requireUsable(FitResult fit, RunTable table, String target, Map<String, Double> far)
            throws IOException {
        LawFile law = Fitting.lawFile(fit, table, "");
        assertThat(law.toJson()).doesNotContain("Infinity", "NaN");
        Path file = folder.resolve("law.json");
        law.write(file);
        Range interval = LawFile.read(file).interval(target, far).orElseThrow();
        assertThat(interval.from()).isPositive();
        assertThat(interval.to()).isFinite().isGreaterThan(interval.from());
        assertThat(HtmlReport.of(List.of(fit), "few", "")).doesNotContain("NaN", "Infinity");
        assertThat(FitJson.of(fit)).doesNotContain("NaN", "Infinity");
    }
}
