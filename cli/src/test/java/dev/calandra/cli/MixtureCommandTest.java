package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

class MixtureCommandTest {
    @TempDir
    static Path folder;

    private static TinyRun tiny;

    @BeforeAll
    static void tokenize() {
        tiny = TinyRun.prepare(folder);
    }

    @Test
    void beforeARunThePlanIsPrintedAndRepetitionIsWarnedOf() {
        Terminal terminal = tiny.run("mixture", "--set", "run.steps=40000");

        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out())
                .containsPattern("problems +reasoning +[\\d,]+ +2,560,000 +100\\.00 % +\\d+\\.\\d\\d +\\d+\\.\\d\\d %")
                .contains("SHARE AT")
                .doesNotContain("TAKEN");
        assertThat(terminal.err()).contains("source 'problems' is served").contains("arXiv 2305.16264");
    }

    @Test
    void afterSomeStepsWhatWasTakenStandsBesideThePlan() throws Exception {
        String directory = "run.directory=" + folder.resolve("taken");
        Terminal training = tiny.run("pretrain", "--set", directory, "--stop-after", "3");
        assertThat(training.status()).as(training.err()).isEqualTo(75);
        Path svg = folder.resolve("mixture.svg");
        Path html = folder.resolve("mixture.html");

        Terminal terminal = tiny.run("mixture", "--set", directory, "--plot", svg.toString(), "--packing");

        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out())
                .contains("Step 3 of 4:")
                .containsPattern("problems +6\\.0 +6 +\\+0\\.0 +192 +100\\.00 %")
                .containsPattern("PADDING OF BEST_FIT\nproblems +\\d+ ");
        Element drawing = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(Files.readAllBytes(svg)))
                .getDocumentElement();
        assertThat(drawing.getTagName()).isEqualTo("svg");
        assertThat(drawing.getElementsByTagName("polygon").getLength()).isEqualTo(1);
        assertThat(drawing.getElementsByTagName("circle").getLength()).isEqualTo(1);
        assertThat(tiny.run("mixture", "--set", directory, "--plot", html.toString())
                        .status())
                .isZero();
        assertThat(html)
                .content(StandardCharsets.UTF_8)
                .startsWith("<!DOCTYPE html>")
                .contains(Files.readString(svg));
    }

    @Test
    void aDrawingOfAnotherKindIsAUsageError() {
        Terminal terminal = tiny.run("mixture", "--plot", "mixture.pdf");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains(".svg or .html, is mixture.pdf");
    }
}
