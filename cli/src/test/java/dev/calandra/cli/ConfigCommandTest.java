package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigCommandTest {
    private static final String PICO = "../configs/pico.yaml";

    @Test
    void everyValueIsShownWithItsOrigin() {
        Terminal terminal = Terminal.run("config", PICO, "--set", "run.steps=7");

        assertThat(terminal.status()).isZero();
        assertThat(terminal.out())
                .containsPattern("model\\.hidden_size +256 +pico\\.yaml:\\d+\\R")
                .containsPattern("run\\.steps +7 +--set\\R");
    }

    @Test
    void explainAddsWhatAKeyMeans() {
        assertThat(Terminal.run("config", PICO, "--explain").out())
                .containsPattern("run\\.seed +0 +pico\\.yaml:\\d+ +Seed of initial weights");
    }

    @Test
    void theYamlItPrintsIsTheSameConfig(@TempDir Path folder) throws IOException {
        String yaml =
                Terminal.run("config", PICO, "--set", "run.steps=7", "--yaml").out();
        Path file = Files.writeString(folder.resolve("effective.yaml"), yaml);

        assertThat(Terminal.run("config", file.toString(), "--yaml").out()).isEqualTo(yaml);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    run.stepps=3               | run.stepps: unknown key; did you mean steps?
                    model.hidden_size=wide     | model.hidden_size
                    model.hidden_size=-3       | model.hidden_size: too small (-3); must be at least 1
                    model.num_key_value_heads=3| model.num_attention_heads: not a multiple of num_key_value_heads
                    """)
    void aBadSettingIsOneLineThatNamesPlaceAndRemedy(String setting, String message) {
        Terminal terminal = Terminal.run("config", PICO, "--set", setting);

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.out()).isEmpty();
        assertThat(terminal.err().lines()).singleElement().asString().contains(message);
    }

    @Test
    void aMistakeInTheFileIsNamedByItsLine(@TempDir Path folder) throws IOException {
        String pico = Files.readString(Path.of(PICO));
        Path file =
                Files.writeString(folder.resolve("mine.yaml"), pico.replace("  hidden_size: 256", "  hiden_size: 256"));
        int line = pico.substring(0, pico.indexOf("  hidden_size: 256")).split("\n", -1).length;

        Terminal terminal = Terminal.run("config", file.toString());

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err())
                .contains(file + ":" + line + ": model.hiden_size: unknown key; did you mean hidden_size?");
    }

    @Test
    void aMissingFileIsAUsageError() {
        Terminal terminal = Terminal.run("config", "nowhere.yaml");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err().lines()).containsExactly("calandra: nowhere.yaml: no such file; check the path");
    }

    /** The stages of Ling 2.0 among them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "pico",
                "pico-midtrain",
                "nano",
                "ling-mini-2.0",
                "ling-mini-2.0-midtrain",
                "ling-mini-2.0-reasoning",
                "ling-flash-2.0",
                "ling-1t"
            })
    void everyPresetIsValid(String preset) {
        Terminal terminal = Terminal.run("config", "../configs/" + preset + ".yaml");

        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out()).contains(preset + ".yaml:");
    }
}
