package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each mistake, made in a valid config, and exactly what the user reads. */
class BadConfigTest {
    @TempDir
    private Path folder;

    private static Arguments mistake(String correct, String wrong, String... problems) {
        return Arguments.of(correct, wrong, List.of(problems));
    }

    static Stream<Arguments> values() {
        return Stream.of(
                mistake(
                        "hidden_size: 256",
                        "hidden_size: -256",
                        "test.yaml:3: model.hidden_size: too small (-256); must be at least 1"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: 256.0",
                        "test.yaml:3: model.hidden_size: not an integer (256.0); write a whole number such as 4"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: 1_000",
                        "test.yaml:3: model.hidden_size: not an integer (1_000); write a whole number such as 4"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: \"256\"",
                        "test.yaml:3: model.hidden_size: not an integer (256); write a whole number such as 4"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: 4294967296",
                        "test.yaml:3: model.hidden_size: too large (4294967296); must be at most 2147483647"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: -4294967296",
                        "test.yaml:3: model.hidden_size: too small (-4294967296); must be at least -2147483648"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size:",
                        "test.yaml:3: model.hidden_size: no value; write one or remove the key"),
                mistake(
                        "learning_rate: 1e-3",
                        "learning_rate: .nan",
                        "test.yaml:15: optimizer.learning_rate: not a finite number (.nan); write one within ±1.8e308"),
                mistake(
                        "learning_rate: 1e-3",
                        "learning_rate: -.Inf",
                        "test.yaml:15: optimizer.learning_rate: not a finite number (-.Inf); write one within ±1.8e308"),
                mistake(
                        "learning_rate: 1e-3",
                        "learning_rate: 1e999",
                        "test.yaml:15: optimizer.learning_rate: not a finite number (1e999); write one within ±1.8e308"),
                mistake(
                        "learning_rate: 1e-3",
                        "learning_rate: 1e-999",
                        "test.yaml:15: optimizer.learning_rate: too close to 0 (1e-999); write 0 or at least 4.9e-324"),
                mistake(
                        "learning_rate: 1e-3",
                        "learning_rate: 0",
                        "test.yaml:15: optimizer.learning_rate: not positive (0.0); must be greater than 0"),
                mistake(
                        "learning_rate: 1e-3",
                        "learning_rate: 1e-3\n  beta2: 1",
                        "test.yaml:16: optimizer.beta2: out of range (1.0); must be at least 0 and less than 1"),
                mistake(
                        "type: cosine",
                        "type: cosin",
                        "test.yaml:17: optimizer.schedule.type: not one of constant, cosine, wsd, wsm (cosin); did you mean"
                                + " cosine?"),
                mistake(
                        "type: cosine",
                        "type: linear",
                        "test.yaml:17: optimizer.schedule.type: not one of constant, cosine, wsd, wsm (linear); write one of"
                                + " these words"),
                mistake(
                        "model:",
                        "precision: {health_every: 5, recipe: no}\nmodel:",
                        "test.yaml:1: precision.recipe: not one of fp8_blockwise, bf16, fp32 (no); write one of these"
                                + " words"),
                mistake(
                        "head_dim: 64",
                        "head_dim: 64\n  use_qk_norm: yes",
                        "test.yaml:9: model.use_qk_norm: not a boolean (yes); write true or false"),
                mistake(
                        "directory: runs/test",
                        "directory: 2024",
                        "test.yaml:32: run.directory: not a string (2024); write it in quotes"),
                mistake(
                        "directory: runs/test",
                        "directory: \"runs\\0test\"",
                        "test.yaml:32: run.directory: contains a control character (runs\uFFFDtest); write plain text"),
                mistake(
                        "directory: runs/test",
                        "directory: ' '",
                        "test.yaml:32: run.directory: empty; must not be blank"),
                mistake(
                        "name: math",
                        "name: ../math",
                        "test.yaml:25: data.sources.1.name: not a plain name (../math); use 1 to 64 letters, digits, '.',"
                                + " '_' or '-'"));
    }

    static Stream<Arguments> relations() {
        return Stream.of(
                mistake(
                        "num_key_value_heads: 2",
                        "num_key_value_heads: 3",
                        "test.yaml:6: model.num_attention_heads: not a multiple of num_key_value_heads (4 heads, 3 key-value"
                                + " heads); each of these must serve the same number of heads"),
                mistake(
                        "n_group: 4",
                        "n_group: 5",
                        "test.yaml:9: model.num_experts: not a multiple of n_group (32 experts, 5 groups); groups must be of"
                                + " equal size"),
                mistake(
                        "n_group: 4",
                        "n_group: 32",
                        "test.yaml:11: model.n_group: too many groups (32 for 32 experts); a group is scored by its best two"
                                + " experts, so it needs two"),
                mistake(
                        "topk_group: 2",
                        "topk_group: 5",
                        "test.yaml:12: model.topk_group: more than n_group (5 > 4); keep at most all groups"),
                mistake(
                        "num_experts_per_tok: 4",
                        "num_experts_per_tok: 17",
                        "test.yaml:10: model.num_experts_per_tok: more than the experts in the kept groups (17 > 2 groups × 8"
                                + " experts); lower it or raise topk_group"),
                mistake(
                        "head_dim: 64",
                        "head_dim: 6",
                        "test.yaml:1: model.partial_rotary_factor: turns 3.0 of 6 head dimensions (0.5); the number must be"
                                + " even and whole, such as 0.5 for half"),
                mistake(
                        "num_hidden_layers: 6",
                        "num_hidden_layers: 6\n  first_k_dense_replace: 7",
                        "test.yaml:6: model.first_k_dense_replace: more than num_hidden_layers (7 > 6); at most all layers"
                                + " can be dense"),
                mistake(
                        "type: cosine",
                        "type: wsd",
                        "test.yaml:16: optimizer.schedule.decay_steps: missing; a wsd schedule decays over its last steps,"
                                + " so say how many (at least 1)"),
                mistake(
                        "type: cosine",
                        "{type: wsd, warmup_steps: 300, decay_steps: 101}",
                        "test.yaml:17: optimizer.schedule.decay_steps: does not fit into the run (300 warm-up + 101 decay >"
                                + " 400 steps); shorten one or raise run.steps"),
                mistake(
                        "type: cosine",
                        "{type: cosine, decay_steps: 5}",
                        "test.yaml:17: optimizer.schedule.decay_steps: would be ignored (5); only a wsd schedule decays over"
                                + " given steps, so remove it or use wsd"),
                mistake(
                        "sequence_length: 512",
                        "sequence_length: 65536",
                        "test.yaml:20: data.sequence_length: longer than model.max_position_embeddings (65536 > 32768);"
                                + " shorten it or raise that key"),
                mistake(
                        "batch_size: 8",
                        "batch_size: 8\n  micro_batch_size: 3",
                        "test.yaml:35: run.micro_batch_size: does not divide run.batch_size (3 into 8); use a divisor, or 0"
                                + " for the whole batch"),
                mistake(
                        "{at: 0, reasoning",
                        "{at: 0.1, reasoning",
                        "test.yaml:29: data.mixture.0.at: not the start (0.1); the first point must be at 0"),
                mistake(
                        "{at: 1, reasoning",
                        "{at: 0, reasoning",
                        "test.yaml:30: data.mixture.1.at: not after the point before it (0.0 after 0.0); points must be"
                                + " sorted and distinct"),
                mistake(
                        "name: math",
                        "name: books",
                        "test.yaml:25: data.sources.1.name: used twice (books); source 0 has this name already"),
                mistake(
                        "kind: reasoning",
                        "kind: general",
                        "test.yaml:29: data.mixture.0.reasoning: asks for reasoning tokens (0.32) that no source gives; add"
                                + " a reasoning source or write 0",
                        "test.yaml:30: data.mixture.1.reasoning: asks for reasoning tokens (0.46) that no source gives; add"
                                + " a reasoning source or write 0"));
    }

    static Stream<Arguments> structure() {
        return Stream.of(
                mistake(
                        "hidden_size: 256",
                        "hiddenSize: 256",
                        "test.yaml:3: model.hiddenSize: unknown key; did you mean hidden_size?"),
                mistake(
                        "steps: 400",
                        "steps: 400\n  learning_rate: 1",
                        "test.yaml:34: run.learning_rate: unknown key; did you mean optimizer.learning_rate?"),
                mistake(
                        "type: cosine",
                        "type: cosine\n    momentum: 1",
                        "test.yaml:18: optimizer.schedule.momentum: unknown key; known here: type, warmup_steps,"
                                + " decay_steps, final_ratio"),
                mistake(
                        "  hidden_size: 256\n",
                        "",
                        "test.yaml:1: model.hidden_size: missing; required: Width of the residual stream."),
                mistake(
                        "optimizer:\n  learning_rate: 1e-3\n  schedule:\n    type: cosine\n",
                        "",
                        "test.yaml:1: optimizer: missing block; required: AdamW, the learning-rate schedule and the"
                                + " expert-bias update."),
                mistake(
                        "schedule:\n    type: cosine",
                        "schedule: cosine",
                        "test.yaml:16: optimizer.schedule: not a block (cosine); write its keys below it, indented"),
                mistake(
                        "    - {at: 0, reasoning: 0.32}\n    - {at: 1, reasoning: 0.46}\n",
                        "    at: 0\n",
                        "test.yaml:28: data.mixture: not a list (a block); write each item below it, after '- '"),
                mistake(
                        "- {at: 1, reasoning: 0.46}",
                        "- 0.46",
                        "test.yaml:30: data.mixture.1: not a block (0.46); write its keys below it, indented"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: [256]",
                        "test.yaml:3: model.hidden_size: not an integer (a list); write a whole number such as 4"),
                mistake(
                        "steps: 400",
                        "steps: 400\n  steps: 500",
                        "test.yaml:34: run.steps: set twice (first on line 33); keep one"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: &size 256",
                        "test.yaml:3: model.hidden_size: an anchor (&size); configs do without, remove it"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: *size",
                        "test.yaml:3: model.hidden_size: an alias (*size); write the value out"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: !!java.lang.Runtime 256",
                        "test.yaml:3: model.hidden_size: a tag (tag:yaml.org,2002:java.lang.Runtime); configs do without,"
                                + " remove it"),
                mistake(
                        "hidden_size: 256",
                        "hidden_size: 256\n  ? [1]\n  : 2",
                        "test.yaml:4: model: a key that is not a plain word (a list)"),
                mistake("model:", "model: {\nmodel:", "test.yaml:3: not valid YAML: expected ',' or '}', but got :"),
                mistake(
                        "batch_size: 8",
                        "batch_size: 8\n---\nmodel: 1",
                        "test.yaml:35: a second document; keep one per file"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource({"values", "relations", "structure"})
    void isReportedOnceWithItsPlaceAndRemedy(String correct, String wrong, List<String> problems) {
        assertThat(ConfigFixture.VALID).containsOnlyOnce(correct);
        assertThat(ConfigFixture.problems(folder, ConfigFixture.VALID.replace(correct, wrong)))
                .isEqualTo(problems);
    }

    @Test
    void theUnchangedConfigIsValid() {
        assertThat(ConfigFixture.problems(folder, ConfigFixture.VALID)).isEmpty();
    }

    @Test
    void mistakesOfEveryKindAreReportedTogetherInTheOrderOfTheFile() {
        String text = ConfigFixture.VALID
                .replace("hidden_size: 256", "hiden_size: 256")
                .replace("intermediate_size: 768", "intermediate_size: wide")
                .replace("num_key_value_heads: 2", "num_key_value_heads: 3")
                .replace("learning_rate: 1e-3", "learning_rate: -1")
                .replace("  steps: 400\n", "");
        assertThat(ConfigFixture.problems(folder, text, "run.batch_size=0"))
                .containsExactly(
                        "test.yaml:3: model.hiden_size: unknown key; did you mean hidden_size?",
                        "test.yaml:4: model.intermediate_size: not an integer (wide); write a whole number such as 4",
                        "test.yaml:6: model.num_attention_heads: not a multiple of num_key_value_heads (4 heads, 3 key-value"
                                + " heads); each of these must serve the same number of heads",
                        "test.yaml:15: optimizer.learning_rate: not positive (-1.0); must be greater than 0",
                        "test.yaml:31: run.steps: missing; required: Optimizer steps of the whole run, or its tokens, such as 20e12 tokens.",
                        "--set: run.batch_size: too small (0); must be at least 1");
    }

    @Test
    void aFloodOfProblemsIsCutShort() {
        StringBuilder text = new StringBuilder(ConfigFixture.VALID);
        for (int i = 0; i < 1000; i++) {
            text.append("unheard_of_").append(i).append(": 1\n");
        }
        List<String> problems = ConfigFixture.problems(folder, text.toString());
        assertThat(problems).hasSize(101);
        assertThat(problems.getLast()).isEqualTo("test.yaml: and 900 more problems");
    }
}
