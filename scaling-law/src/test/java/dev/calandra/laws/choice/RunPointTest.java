package dev.calandra.laws.choice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.Configs;
import dev.calandra.laws.ModelCost;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.records.LawFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of a MoE model, in which all parameters and those that one token visits are not the same. */
class RunPointTest {
    private static final ModelCost COST = ModelCost.of(
            Configs.load(Path.of("..", "configs", "pico.yaml"), List.of())
                    .config()
                    .model(),
            128);
    private static final RunPoint POINT = RunPoint.of(COST, 1e9);

    private static LawFile law(String law, String target, String parameters, String flops) {
        Map<String, Estimate> constants = new LinkedHashMap<>();
        if (target.isEmpty()) {
            List.of("E", "A", "alpha", "B", "beta").forEach(name -> constants.put(name, Estimate.exactly(1)));
        } else {
            constants.put(target + ".coefficient", Estimate.exactly(1));
            constants.put(target + ".parameters", Estimate.exactly(1));
            constants.put(target + ".flops", Estimate.exactly(1));
        }
        Map<String, String> variables = Map.of("parameters", parameters, "flops", flops);
        return new LawFile(law, "", constants, List.of(), Map.of(), variables, 1, null, "mine.csv", "", "", List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "chinchilla, '', N, active_parameters",
        "chinchilla, '', parameters, parameters",
        "chinchilla, '', without embedding, active_non_embedding_parameters",
        "allocation, tokens, Model Size, active_parameters",
        "hyperparameters, learning_rate, N, parameters",
        "hyperparameters, learning_rate, active_parameters, active_parameters",
        "hyperparameters, batch_tokens, without embedding and head, non_embedding_parameters"
    })
    void whichParametersALawMeans(String kind, String target, String meaning, String column) {
        assertThat(POINT.columns().get("parameters"))
                .isGreaterThan(POINT.columns().get("active_parameters"));
        assertThat(POINT.in(law(kind, target, meaning, "scaling_law_flops")).get("parameters"))
                .isEqualTo(POINT.columns().get(column));
    }

    @Test
    void thePublishedLossLawsAreOfActiveParameters() {
        LawFile chinchilla = LawFile.resolve("chinchilla");
        assertThat(POINT.in(chinchilla).get("parameters"))
                .isEqualTo(POINT.columns().get("active_parameters"));
        assertThat(RunPoint.doubts(chinchilla)).isEmpty();
        assertThat(POINT.in(LawFile.resolve("steplaw")).get("parameters"))
                .isEqualTo(POINT.columns().get("non_embedding_parameters"));
    }

    @Test
    void computeOfActiveParameters() {
        LawFile active = law("hyperparameters", "learning_rate", "parameters", LawFile.SIX_ACTIVE_ND_FLOPS);
        assertThat(POINT.in(active).get("flops")).isEqualTo(POINT.columns().get("six_nd_flops"));
        LawFile all = law("hyperparameters", "learning_rate", "parameters", LawFile.SIX_ND_FLOPS);
        assertThat(POINT.in(all).get("flops")).isEqualTo(6 * POINT.columns().get("parameters") * 1e9);
        assertThat(RunPoint.doubts(active)).isEmpty();
    }

    @Test
    void whatIsTakenForParametersIsSaid() {
        assertThat(RunPoint.doubts(law("chinchilla", "", "N", "C")))
                .containsExactly(
                        "parameters in law mine.csv were \"N\", taken to be the active ones here; if they were all, write \"parameters\" for them under variables in the law file");
        assertThat(RunPoint.doubts(law("hyperparameters", "learning_rate", "N", "C")))
                .hasSize(2)
                .anyMatch(doubt -> doubt.contains("were \"N\", taken to be all here; if they were the active ones"))
                .anyMatch(doubt -> doubt.contains("compute in law mine.csv was \"C\""));
    }
}
