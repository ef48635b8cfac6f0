package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ResumeRulesTest {

    private static final Map<String, String> BEFORE = Map.of(
            "model.hidden_size", "256",
            "model.rope_theta", "10000.0",
            "precision.recipe", "fp8_blockwise",
            "optimizer.learning_rate", "0.001",
            "optimizer.schedule.warmup_steps", "10",
            "run.steps", "60",
            "run.save_every", "0",
            "data.sources.0.path", "a");

    private static Map<String, String> with(String key, String value) {
        Map<String, String> now = new TreeMap<>(BEFORE);
        now.put(key, value);
        return now;
    }

    @Test
    void acceptsAnUnchangedConfigWithNothingToReport() {
        assertThat(new ResumeRules(Set.of()).check("step-1", BEFORE, BEFORE)).isEmpty();
    }

    @Test
    void neverAcceptsAnotherModelOrRecipe() {
        ResumeRules lenient = new ResumeRules(Set.of("model", "precision"));
        assertThatThrownBy(() -> lenient.check("step-1", BEFORE, with("model.hidden_size", "512")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("step-1")
                .hasMessageContaining("model.hidden_size (256 in the checkpoint, 512 now)");
        assertThatThrownBy(() -> lenient.check("step-1", BEFORE, with("precision.recipe", "fp32")))
                .hasMessageContaining("precision.recipe (fp8_blockwise in the checkpoint, fp32 now)");
    }

    @Test
    void theReachOfPositionsMayBeExtendedByName() {
        Map<String, String> now = with("model.rope_theta", "600000.0");
        assertThatThrownBy(() -> new ResumeRules(Set.of()).check("step-1", BEFORE, now))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("--allow-change");
        assertThat(new ResumeRules(Set.of("model.rope_theta")).check("step-1", BEFORE, now))
                .hasSize(1);
    }

    @Test
    void acceptsAnotherCourseOnlyByName() {
        Map<String, String> now = with("optimizer.learning_rate", "0.002");
        assertThatThrownBy(() -> new ResumeRules(Set.of("run.steps")).check("step-1", BEFORE, now))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("optimizer.learning_rate (0.001 in the checkpoint, 0.002 now)")
                .hasMessageContaining("--allow-change");
        assertThat(new ResumeRules(Set.of("optimizer.learning_rate")).check("step-1", BEFORE, now))
                .hasSize(1);
        assertThat(new ResumeRules(Set.of("optimizer")).check("step-1", BEFORE, now))
                .hasSize(1);
        assertThatThrownBy(() -> new ResumeRules(Set.of("optim")).check("step-1", BEFORE, now))
                .isInstanceOf(CheckpointException.class);
    }

    @Test
    void aKeyThatAppearsOrVanishesIsAChange() {
        assertThatThrownBy(() -> new ResumeRules(Set.of()).check("step-1", BEFORE, with("run.seed", "3")))
                .hasMessageContaining("run.seed (absent in the checkpoint, 3 now)");
    }

    @Test
    void reportsOperationalChanges() {
        assertThat(new ResumeRules(Set.of()).check("step-1", BEFORE, with("run.save_every", "5")))
                .containsExactly("run.save_every (0 in the checkpoint, 5 now)");
        assertThat(new ResumeRules(Set.of()).check("step-1", BEFORE, with("data.sources.0.path", "b")))
                .hasSize(1);
    }
}
