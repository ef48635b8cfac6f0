package dev.calandra.laws.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.laws.fit.FitSettings;
import dev.calandra.laws.fit.Fitting;
import dev.calandra.laws.table.RunTable;
import dev.calandra.laws.table.Selection;
import dev.calandra.laws.table.TableReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

class HtmlReportTest {
    @TempDir
    private Path folder;

    /** Sizes, tokens, and a grid of rates and batches in one table. */
    private RunTable runs() throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        StringBuilder csv = new StringBuilder("parameters,tokens,learning_rate,batch_tokens,loss\n");
        for (double n : new double[] {1e7, 4e7, 1.6e8, 6.4e8}) {
            for (double ratio : new double[] {10, 40, 160}) {
                for (int i = -11; i < -5; i++) {
                    for (int j = 15; j < 21; j++) {
                        double x = i + 8 + 0.3 * Math.log(n / 1e8);
                        double y = j - 18 + 0.1 * Math.log(ratio);
                        double loss = 1.8 + 400 * Math.pow(n, -0.34) + 2000 * Math.pow(n * ratio, -0.36);
                        csv.append(String.format(
                                Locale.ROOT,
                                "%s,%s,%s,%s,%s%n",
                                n,
                                n * ratio,
                                Math.pow(2, i),
                                Math.pow(2, j),
                                loss + 0.01 * x * x + 0.006 * y * y + 0.001 * random.nextGaussian()));
                    }
                }
            }
        }
        return TableReader.read(Files.writeString(folder.resolve("a<b>.csv"), csv));
    }

    @Test
    void aPageIsWholeAndAloneAndItsDrawingsAreXml() throws Exception {
        RunTable table = runs();
        Selection all = Selection.of("");
        Selection best = new Selection(all.map(), "", "", 0, 12, Selection.Repeats.BEST, "", List.of());
        FitSettings settings = FitSettings.usual(20, 1);
        String page = HtmlReport.of(
                List.of(
                        Fitting.fit("chinchilla", table, best, settings),
                        Fitting.fit("hyperparameters", table, all, settings)),
                table.source(),
                "calandra fit a<b>.csv");

        assertThat(page)
                .contains(
                        "a&lt;b&gt;.csv",
                        "<h2>chinchilla</h2>",
                        "<h2>hyperparameters</h2>",
                        "Bowls over the learning rate",
                        "IsoFLOP curves",
                        "Loss against compute",
                        "Residuals",
                        "Prediction test")
                .doesNotContain("a<b>", "NaN", "src=", "href=", "@import", "url(");
        Matcher drawings = Pattern.compile("(?s)<svg.*?</svg>").matcher(page);
        int count = 0;
        while (drawings.find()) {
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(drawings.group())));
            count++;
        }
        assertThat(count).isEqualTo(12);
    }

    /** Budgets whose compute differs by 1 % from run to run are drawn as they are fitted: as one curve each. */
    @Test
    void budgetsAreDrawnAsTheyAreFitted() throws IOException {
        StringBuilder csv = new StringBuilder("flops,parameters,loss\n");
        for (double compute = 1e17; compute < 1e20; compute *= 10) {
            for (int k = -3; k <= 3; k++) {
                csv.append(String.format(
                        Locale.ROOT,
                        "%s,%s,%s%n",
                        compute * (1 + 0.005 * (k & 1)),
                        Math.sqrt(compute) * Math.pow(2, k) / 10,
                        3 + 0.01 * k * k));
            }
        }
        RunTable table = TableReader.read(Files.writeString(folder.resolve("budgets.csv"), csv));
        String page = HtmlReport.of(
                List.of(Fitting.fit("isoflop", table, Selection.of(""), FitSettings.usual(0, 1))), "budgets", "");

        Matcher names = Pattern.compile(">C [0-9.e+]+<").matcher(page);
        assertThat(names.results().count()).isEqualTo(3);
        assertThat(page).contains("Residuals of the fitted N at the budgets");
    }
}
