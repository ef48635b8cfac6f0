package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceConfigTest {
    @TempDir
    private Path folder;

    private ModelConfig read(String json) throws IOException {
        return HuggingFaceConfig.read(Files.writeString(folder.resolve("config.json"), json));
    }

    private void assertRejected(String json, String... problems) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(ConfigException.class)
                .extracting(
                        e -> e.getMessage().replace(folder + "/", "").lines().toList())
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .containsExactly((Object[]) problems);
    }

    private static String golden() throws IOException {
        try (InputStream in = HuggingFaceConfigTest.class.getResourceAsStream("ling-tiny.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aReleasedConfig() throws IOException {
        assertThat(read(golden()))
                .isEqualTo(new ModelConfig(
                        96, 64, 128, 3, 4, 2, 16, 0.5, 10000, 1e-6, true, 8, 1, 2, 4, 2, 32, 1, 2.5, 1, 0.1, false,
                        0.02, 512));
    }

    /** The constructor defaults of Hugging Face's BailingMoeV2Config, not ours. */
    @Test
    void absentKeysHaveTheClassDefaults() throws IOException {
        assertThat(read("{}"))
                .isEqualTo(new ModelConfig(
                        157184, 2048, 5120, 20, 16, 4, 128, 1.0, 600000, 1e-6, true, 256, 1, 8, 8, 4, 512, 1, 1.0, 0, 0,
                        false, 0.02, 32768));
    }

    @Test
    void rotaryDimIsAnotherWayToWriteTheFactor() throws IOException {
        assertThat(read("{\"rotary_dim\": 64}").partialRotaryFactor()).isEqualTo(0.5);
        assertThat(read("{\"rotary_dim\": 32, \"head_dim\": 96}").rotaryDim()).isEqualTo(32);
        assertThat(read("{\"rotary_dim\": 64, \"partial_rotary_factor\": 0.5}").rotaryDim())
                .isEqualTo(64);
    }

    @Test
    void headDimOfNullIsTheWidthSharedOut() throws IOException {
        assertThat(read("{\"head_dim\": null, \"hidden_size\": 1024}").headDim())
                .isEqualTo(64);
    }

    @Test
    void unknownKeysArePassedOver() throws IOException {
        String json = "{\"auto_map\": {\"AutoModel\": [1, {\"x\": null}]}, \"torch_dtype\": \"bfloat16\"}";
        assertThat(read(json)).isEqualTo(read("{}"));
    }

    @Test
    void writesWhatItReads() throws IOException {
        ModelConfig tiny = read(golden());
        for (ReleasedConfig.Weights weights : ReleasedConfig.Weights.values()) {
            String json = new ReleasedConfig(tiny, weights, OptionalInt.of(5)).toJson();
            assertThat(read(json)).isEqualTo(tiny);
            assertThat(json)
                    .contains(
                            "\"architectures\" : [ \"BailingMoeV2ForCausalLM\" ]",
                            "\"model_type\" : \"bailing_moe\"",
                            "\"eos_token_id\" : 5");
            assertThat(json.contains("\"weight_block_size\" : [ 128, 128 ]"))
                    .isEqualTo(weights == ReleasedConfig.Weights.FP8);
            assertThat(json.contains("\"modules_to_not_convert\" : [ \"lm_head\", \"eh_proj\" ]"))
                    .isEqualTo(weights == ReleasedConfig.Weights.FP8);
        }
    }

    /** The model class takes an absent padding token for 156892, and refuses to build a smaller vocabulary with that. */
    @Test
    void anUnknownEndOfTextIsNoneAndNotTheClassDefault() throws IOException {
        String json = new ReleasedConfig(read(golden()), ReleasedConfig.Weights.F32, OptionalInt.empty()).toJson();

        assertThat(json).contains("\"eos_token_id\" : null", "\"pad_token_id\" : null");
    }

    @Test
    void everyProblemNamesItsKeyAndLine() {
        assertRejected(
                """
                {
                  "architectures": ["LlamaForCausalLM"],
                  "hidden_act": "gelu",
                  "rope_scaling": {"type": "yarn"},
                  "num_attention_heads": 6,
                  "hidden_size": "wide",
                  "rotary_dim": 0.5,
                  "vocab_size": null,
                  "topk_group": 9
                }
                """,
                "config.json:2: architectures: another architecture (LlamaForCausalLM); only BailingMoeV2ForCausalLM can be"
                        + " read",
                "config.json:3: hidden_act: not supported (gelu); must be silu",
                "config.json:4: rope_scaling: not supported (a block); must be null",
                "config.json:5: num_attention_heads: not a multiple of num_key_value_heads (6 heads, 4 key-value heads);"
                        + " each of these must serve the same number of heads",
                "config.json:6: hidden_size: not an integer (wide); write a whole number such as 4",
                "config.json:7: rotary_dim: not an integer (0.5); write a whole number such as 4",
                "config.json:8: vocab_size: no value; write one or remove the key",
                "config.json:9: topk_group: more than n_group (9 > 8); keep at most all groups");
    }

    @Test
    void aRuleBrokenByAClassDefaultPointsAtTheFile() {
        assertRejected(
                "{\n\"n_group\": 2\n}",
                "config.json:1: topk_group: more than n_group (4 > 2); keep at most all groups");
    }

    @Test
    void contradictionsAndOtherModelTypes() {
        assertRejected(
                "{\"rotary_dim\": 64, \"partial_rotary_factor\": 0.25}",
                "config.json:1: rotary_dim: contradicts partial_rotary_factor (64); remove one");
        assertRejected(
                "{\"model_type\": \"llama\"}",
                "config.json:1: model_type: another architecture (llama); only bailing_moe can be read");
    }

    @Test
    void notJson() {
        assertRejected("[1]", "config.json:1: not a JSON object; is this a config.json?");
        assertRejected("", "config.json:1: not a JSON object; is this a config.json?");
        assertRejected("{} {}", "config.json:1: something follows the JSON object; remove it");
        assertRejected("{\"a\": 1,\n\"a\": 2}", "config.json:2: not valid JSON: Duplicate field 'a'");
        assertRejected(
                "{\"hidden_size\": 2048\n",
                "config.json:2: not valid JSON: Unexpected end-of-input: expected close marker for Object");
        assertThatThrownBy(() -> read("{\"a\": " + "[".repeat(1000)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("nesting depth");
        assertThatThrownBy(() -> read("{\"rope_theta\": NaN}"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("config.json:1: not valid JSON: Non-standard token 'NaN'");
    }
}
