package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.laws.records.LawFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FitCommandTest {
    @TempDir
    private Path folder;

    /** Chinchilla's law without noise; FLOPs instead of tokens, a unit in a column's name, and a run without a loss. */
    private Path runs() throws IOException {
        StringBuilder csv = new StringBuilder(",Model Size,Training FLOP,loss (nats),set\r\n");
        int row = 0;
        for (double n = 5e7; n < 1e10; n *= 3) {
            for (double ratio : new double[] {5, 20, 80, 320}) {
                double loss = 1.8172 + 482.01 * Math.pow(n, -0.3478) + 2085.43 * Math.pow(n * ratio, -0.3658);
                csv.append(String.format(Locale.ROOT, "%d,%.6e,%.6e,%.9f,a%n", row++, n, 6 * n * n * ratio, loss));
            }
        }
        return Files.writeString(folder.resolve("runs.csv"), csv.toString() + row + ",5e7,1e18,NaN,a\n");
    }

    @Test
    void fitsAnyCsvAndWritesALawFile() throws IOException {
        Path law = folder.resolve("law.json");
        Terminal terminal = Terminal.run(
                "fit",
                runs().toString(),
                "--map",
                "parameters=Model Size,tokens=Training FLOP/(6*Model Size),loss=loss (nats)",
                "--where",
                "set=a",
                "--hold-out",
                "parameters>2e9",
                "--bootstrap",
                "20",
                "--output",
                law.toString());

        assertThat(terminal.err()).contains("law written into");
        assertThat(terminal.status()).isZero();
        assertThat(terminal.out())
                .contains("21 rows read, 20 used, 4 of them held out.")
                .contains("1 left out: loss is missing or not a number (line 22)")
                .containsPattern("alpha +0\\.347[89]")
                .contains("prediction of 4 (the runs held out) by the law of the other 16: mean error 0.000");
        LawFile file = LawFile.read(law);
        assertThat(file.value("E")).isBetween(1.817, 1.818);
        assertThat(file.draws()).hasSize(20);
        assertThat(file.command()).startsWith("calandra fit ").contains("--hold-out");
        assertThat(file.variables()).containsEntry("tokens", "Training FLOP/(6*Model Size)");
    }

    @Test
    void jsonIsForPrograms() throws IOException {
        Terminal terminal = Terminal.run(
                "fit",
                runs().toString(),
                "--map",
                "parameters=Model Size,tokens=Training FLOP/6/Model Size,loss=loss (nats)",
                "--bootstrap",
                "0",
                "--json");

        assertThat(terminal.out()).startsWith("{").contains("\"objective\" : ", "\"excluded\" : [");
    }

    @Test
    void whatIsWrongIsSaidInOneLine() throws IOException {
        String file = runs().toString();
        assertThat(Terminal.run("fit", file, "--law", "chinchila").status()).isEqualTo(2);
        Terminal unmapped = Terminal.run("fit", file);
        assertThat(unmapped.status()).isEqualTo(2);
        assertThat(unmapped.err()).contains("--map must say what parameters is, such as parameters=COLUMN");
        Terminal missing = Terminal.run("fit", folder.resolve("none.csv").toString());
        assertThat(missing.status()).isEqualTo(3);
        assertThat(missing.err()).contains("none.csv: no such file");
        assertThat(Terminal.run("fit", file, "--huber", "-1").err()).contains("--huber must be above 0, is -1");
        Terminal nothing = Terminal.run(
                "fit",
                file,
                "--map",
                "parameters=Model Size,tokens=Training FLOP/6/Model Size,loss=loss (nats)",
                "--hold-out",
                "parameters>1e99");
        assertThat(nothing.status()).isEqualTo(3);
        assertThat(nothing.err()).contains("--hold-out 'parameters>1e99' holds out none of ");
    }

    @Test
    void regretOfAPublishedLaw() throws IOException {
        Path grid = Files.writeString(folder.resolve("grid.csv"), """
                N,D,lr,bs,"smooth loss"
                1e8,1e10,0.001,128,3.00
                1e8,1e10,0.002,128,2.90
                1e8,1e10,0.004,128,2.95
                2e8,1e10,0.004,128,2.85
                """);
        Terminal terminal = Terminal.run(
                "regret",
                grid.toString(),
                "--law",
                "steplaw",
                "--map",
                "parameters=N,tokens=D,learning_rate=lr,batch_tokens=bs*2048,loss=smooth loss");

        // 1.79 N^-0.713 D^0.307 = 0.0042.
        assertThat(terminal.status()).isZero();
        assertThat(terminal.out())
                .contains(
                        "excess loss over the best of 2 cells: mean 0.8621 %, largest 1.7241 %",
                        "1 of them hold one run each and cannot show an excess; mean of the others 1.7241 %");
        assertThat(Terminal.run("regret", grid.toString(), "--law", "chinchilla")
                        .err())
                .contains("law chinchilla does not choose learning_rate");
    }
}
