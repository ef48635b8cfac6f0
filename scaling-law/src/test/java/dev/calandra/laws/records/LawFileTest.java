package dev.calandra.laws.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.calandra.configs.DataException;
import dev.calandra.laws.PublishedLaws;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LawFileTest {
    @TempDir
    private Path folder;

    @Test
    void aFileComesBackAsItWas() throws IOException {
        Map<String, Estimate> constants = new LinkedHashMap<>();
        constants.put("learning_rate.coefficient", new Estimate(2, 1.0, 3.0));
        constants.put("learning_rate.tokens", Estimate.exactly(-0.5));
        LawFile law = new LawFile(
                "hyperparameters",
                "lr = 2 D^-0.5",
                constants,
                List.of(new double[] {1, -0.5}, new double[] {3, -0.5}),
                Map.of("tokens", new Range(10, 100)),
                Map.of("tokens", "D"),
                12,
                0.1,
                "runs.csv",
                "calandra fit",
                "ab",
                List.of("a note"));
        Path file = folder.resolve("law.json");
        law.write(file);

        LawFile read = LawFile.resolve(file.toString());
        assertThat(read.toJson()).isEqualTo(law.toJson());
        assertThat(read.targets()).containsExactly("learning_rate");
        assertThat(read.rule("learning_rate").at(Map.of("tokens", 4.0))).isCloseTo(1, within(1e-12));
        assertThat(read.interval("learning_rate", Map.of("tokens", 4.0))).hasValue(new Range(0.525, 1.475));
        assertThat(read.timesBeyond(Map.of("tokens", 1000.0, "other", 1.0))).isEqualTo(10);
        assertThat(read.timesBeyond(Map.of("tokens", 50.0))).isEqualTo(1);
        assertThatThrownBy(() -> read.rule("batch_tokens"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("does not choose batch_tokens; it chooses learning_rate");
        assertThatThrownBy(() -> read.loss(Map.of())).hasMessageContaining("does not tell a loss");
    }

    @Test
    void builtInLawsHaveTheirPublishedValues() {
        LawFile ling = LawFile.resolve("ling");
        Map<String, Double> mini = Map.of("flops", 1.34e23);
        assertThat(ling.rule("learning_rate").at(mini))
                .isEqualTo(
                        PublishedLaws.LING_MOE_HYPER_PARAMETERS.learningRate().at(1.34e23), within(1e-12));
        assertThat(ling.rule("batch_tokens").at(mini) / 4096).isCloseTo(4400, withPercentage(4));
        assertThat(ling.timesBeyond(mini)).isGreaterThan(100);
        // Chinchilla itself: 70 billion parameters on 1.4 trillion tokens.
        assertThat(LawFile.resolve("chinchilla").loss(Map.of("parameters", 70e9, "tokens", 1.4e12)))
                .isCloseTo(1.937, within(0.001));
        assertThat(BuiltInLaws.names())
                .allSatisfy(
                        name -> assertThat(LawFile.resolve(name).constants()).isNotEmpty());
    }

    @Test
    void whatIsNoLawFileIsRefused() throws IOException {
        assertThatThrownBy(() -> LawFile.resolve("linq"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("linq: no such law file, and no built-in law; those are ling,");
        Path file = Files.writeString(folder.resolve("x.json"), "{\"law\": \"chinchilla\",\n \"sourze\": 1}");
        assertThatThrownBy(() -> LawFile.resolve(file.toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("x.json:2: not a law file: ");
    }
}
