package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.Configs;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.Setting;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
    void aSourceThatAppearsOrVanishesIsAChange() {
        Map<String, String> more = with("data.sources.1.name", "b");
        assertThatThrownBy(() -> new ResumeRules(Set.of()).check("step-1", BEFORE, more))
                .hasMessageContaining("data.sources.1.name (absent in the checkpoint, b now)");
        assertThatThrownBy(() -> new ResumeRules(Set.of()).check("step-1", more, BEFORE))
                .hasMessageContaining("data.sources.1.name (b in the checkpoint, absent now)");
    }

    /** A checkpoint of a version that did not know these keys, one of each class. */
    private static CheckpointState older(LoadedConfig config) {
        Map<String, String> keys = new TreeMap<>(CheckpointState.keys(config));
        String yaml = config.effectiveYaml();
        for (String key : List.of("run.seed", "optimizer.weight_decay", "model.rms_norm_eps")) {
            assertThat(keys.remove(key)).as(key).isNotNull();
            String line = "(?m)^ *" + key.substring(key.indexOf('.') + 1) + ": .*\n";
            assertThat(yaml).containsPattern(line);
            yaml = yaml.replaceFirst(line, "");
        }
        return new CheckpointState(
                TrainingState.START, new ConsumedData(), keys, yaml, Optional.empty(), "", Map.of(), Map.of());
    }

    @Test
    void aKeyThatDidNotExistWhenTheRunWasSavedHadItsDefault() {
        LoadedConfig config = Configs.load(Path.of("..", "configs", "pico.yaml"), List.of());
        Map<String, String> then = older(config).inForce("step-1");
        ResumeRules rules = new ResumeRules(Set.of());
        assertThat(rules.check("step-1", then, CheckpointState.keys(config))).isEmpty();

        LoadedConfig other = Configs.load(Path.of("..", "configs", "pico.yaml"), List.of("run.seed=7"));
        assertThatThrownBy(() -> rules.check("step-1", then, CheckpointState.keys(other)))
                .hasMessageContaining("run.seed (0 in the checkpoint, 7 now)");
    }

    @Test
    void theConfigOfAVersionWithOtherKeysIsComparedAsItStands() {
        LoadedConfig config = Configs.load(Path.of("..", "configs", "pico.yaml"), List.of());
        CheckpointState older = older(config);
        CheckpointState stranger = new CheckpointState(
                older.training(),
                older.data(),
                older.config(),
                older.configYaml() + "gone: 1\n",
                Optional.empty(),
                "",
                Map.of(),
                Map.of());
        assertThat(stranger.inForce("step-1")).isEqualTo(stranger.config());
    }

    @Test
    void reportsOperationalChanges() {
        assertThat(new ResumeRules(Set.of()).check("step-1", BEFORE, with("run.save_every", "5")))
                .containsExactly("run.save_every (0 in the checkpoint, 5 now)");
        assertThat(new ResumeRules(Set.of()).check("step-1", BEFORE, with("data.sources.0.path", "b")))
                .hasSize(1);
    }

    /** What each key of a config is when a run resumes; a key that is new must be put somewhere here, and so be thought about. */
    private static final Map<String, String> CLASSES = Map.ofEntries(
            Map.entry("model.rope_theta|model.max_position_embeddings", "schedule"),
            Map.entry("model.(?!rope_theta$|max_position_embeddings$).+", "immutable"),
            Map.entry("precision.recipe", "immutable"),
            Map.entry("precision.health_every", "operational"),
            Map.entry("optimizer..+", "schedule"),
            Map.entry("data.tokenizer", "operational"),
            Map.entry("data.sources.[0-9]+.path", "operational"),
            Map.entry("data.cache.(directory|gibibytes)", "operational"),
            Map.entry("data.(?!tokenizer$|sources.[0-9]+.path$|cache.(directory|gibibytes)$).+", "schedule"),
            Map.entry("run.(steps|batch_size|seed)", "schedule"),
            Map.entry(
                    "run.(directory|threads|kernels|save|save_every|save_failures|keep_last|keep_every|keep_best"
                            + "|evaluate_every|evaluate_sequences|micro_batch_size|recompute_layers)",
                    "operational"),
            Map.entry("parallel.(dispatch|combine)", "schedule"),
            Map.entry("balance.(window|trace_every)", "operational"),
            Map.entry("balance.(?!window$|trace_every$).+", "schedule"),
            Map.entry("parallel.(expert|gather_weights|reproducible_ranks|patience_seconds)", "operational"),
            Map.entry("laws", "operational"));

    static Stream<Setting> everyKey() {
        return Stream.of("pico.yaml", "pico-midtrain.yaml", "ling-mini-2.0.yaml")
                .flatMap(file -> Configs.load(Path.of("..", "configs", file), List.of()).settings().stream())
                .collect(Collectors.toMap(Setting::key, setting -> setting, (one, same) -> one))
                .values()
                .stream();
    }

    @ParameterizedTest
    @MethodSource("everyKey")
    void everyKeyOfAConfigIsOfOneClassAndTreatedSo(Setting setting) {
        String key = setting.key();
        List<String> classes = CLASSES.entrySet().stream()
                .filter(entry -> key.matches(entry.getKey().replace(".", "\\.").replace("\\.+", ".+")))
                .map(Map.Entry::getValue)
                .toList();
        assertThat(classes).as("class of %s", key).hasSize(1);
        Map<String, String> before = Map.of(key, setting.value());
        Map<String, String> now = Map.of(key, setting.value() + "1");
        ResumeRules strict = new ResumeRules(Set.of());
        ResumeRules allowing = new ResumeRules(Set.of(key));
        switch (classes.getFirst()) {
            case "immutable" -> {
                assertThatThrownBy(() -> strict.check("step-1", before, now)).hasMessageContaining("another model");
                assertThatThrownBy(() -> allowing.check("step-1", before, now)).hasMessageContaining("another model");
            }
            case "schedule" -> {
                assertThatThrownBy(() -> strict.check("step-1", before, now))
                        .hasMessageContaining(key + " (" + setting.value() + " in the checkpoint")
                        .hasMessageContaining("--allow-change KEY");
                assertThat(allowing.check("step-1", before, now)).hasSize(1);
            }
            default -> assertThat(strict.check("step-1", before, now)).hasSize(1);
        }
    }
}
