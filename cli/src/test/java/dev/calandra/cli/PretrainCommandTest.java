package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainCommandTest {

    @Test
    void aStoppedRunGoesOnAndItsModelCanBeUsed(@TempDir Path folder) {
        TinyRun tiny = TinyRun.prepare(folder);

        Terminal stopped = tiny.run("pretrain", "--stop-after", "2");
        assertThat(stopped.status()).as(stopped.err()).isEqualTo(75);
        assertThat(stopped.out()).contains("step 2/4", "evaluation at step 2").doesNotContain("step 3/4");
        assertThat(stopped.err()).contains("step 2 of 4", "the same command goes on from there");

        Terminal resumed = tiny.run("pretrain");
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(resumed.out()).contains("step 3/4", "step 4/4").doesNotContain("step 2/4 ");

        Terminal evaluated = tiny.run("evaluate");
        assertThat(evaluated.status()).as(evaluated.err()).isZero();
        String last = resumed.out()
                .lines()
                .filter(line -> line.startsWith("evaluation at step 4"))
                .findFirst()
                .orElseThrow();
        assertThat(evaluated.out()).containsPattern("problems +" + last.substring(last.lastIndexOf(' ') + 1));

        Terminal generated = tiny.run("generate", "--prompt", "Question:", "--tokens", "5");
        assertThat(generated.status()).as(generated.err()).isZero();
        assertThat(generated.out()).startsWith("Question:").hasSizeGreaterThan("Question:\n".length());
        assertThat(tiny.run("generate", "--prompt", "Question:", "--tokens", "5")
                        .out())
                .isEqualTo(generated.out());

        Terminal inspected = Terminal.run("inspect", tiny.directory().toString());
        assertThat(inspected.status()).as(inspected.err()).isZero();
        assertThat(inspected.out())
                .containsPattern("step +4\\R")
                .containsPattern("lm_head\\.weight +\\[4096, 32\\] +F32");
    }

    @Test
    void stoppingAfterStepZeroIsAUsageError() {
        Terminal terminal = Terminal.run("pretrain", TinyRun.PICO, "--stop-after", "0");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("--stop-after must be at least 1, is 0");
    }
}
