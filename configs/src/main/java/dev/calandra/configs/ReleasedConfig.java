package dev.calandra.configs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.calandra.configs.Schema.Field;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * The {@code config.json} of a model that is handed to others: Hugging Face's model class, the inference engines that know it, and {@link
 * HuggingFaceConfig#read} understand it.
 *
 * @param model the sizes
 * @param weights type of most weights
 * @param endOfText id of the token that ends a document, which also pads; empty when no tokenizer is known
 */
public record ReleasedConfig(ModelConfig model, Weights weights, OptionalInt endOfText) {
    /** Where the model code is fetched from when the folder has none. */
    private static final String CODE = "inclusionAI/Ling-mini-2.0--";

    /** Rows and columns that share a scale in released FP8 weights. */
    private static final int FP8_BLOCK = 128;

    /** Types that models are released in. */
    public enum Weights {
        F32("float32"),
        BF16("bfloat16"),
        /** Linear layers in E4M3 with a scale for each block, everything else in BF16. */
        FP8("bfloat16");

        private final String torchName;

        Weights(String torchName) {
            this.torchName = torchName;
        }
    }

    public ReleasedConfig {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(weights, "weights");
    }

    /** The file's text. */
    public String toJson() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json =
                new JsonFactory().createGenerator(text).setPrettyPrinter(new DefaultPrettyPrinter())) {
            json.writeStartObject();
            code(json);
            computation(json);
            sizes(json);
            token(json, "eos_token_id");
            token(json, "pad_token_id");
            json.writeStringField("torch_dtype", weights.torchName);
            if (weights == Weights.FP8) {
                quantisation(json);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return text.append('\n').toString();
    }

    /** Absent, the model class takes Ling's own 156892, which a smaller vocabulary does not have; null is none. */
    private void token(JsonGenerator json, String key) throws IOException {
        if (endOfText.isPresent()) {
            json.writeNumberField(key, endOfText.getAsInt());
        } else {
            json.writeNullField(key);
        }
    }

    private static void code(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("architectures");
        json.writeString(HuggingFaceConfig.ARCHITECTURE);
        json.writeEndArray();
        json.writeStringField("model_type", HuggingFaceConfig.MODEL_TYPE);
        json.writeObjectFieldStart("auto_map");
        json.writeStringField("AutoConfig", CODE + "configuration_bailing_moe_v2.BailingMoeV2Config");
        json.writeStringField("AutoModel", CODE + "modeling_bailing_moe_v2.BailingMoeV2Model");
        json.writeStringField("AutoModelForCausalLM", CODE + "modeling_bailing_moe_v2.BailingMoeV2ForCausalLM");
        json.writeEndObject();
    }

    /** What every Ling 2.0 model computes alike. */
    private static void computation(JsonGenerator json) throws IOException {
        json.writeStringField("hidden_act", "silu");
        json.writeBooleanField("use_rmsnorm", true);
        json.writeBooleanField("use_bias", false);
        json.writeBooleanField("use_qkv_bias", false);
        json.writeNumberField("embedding_dropout", 0.0);
        json.writeNumberField("attention_dropout", 0.0);
        json.writeNumberField("output_dropout", 0.0);
        json.writeStringField("score_function", "sigmoid");
        json.writeStringField("router_dtype", "fp32");
        json.writeBooleanField("norm_topk_prob", true);
        json.writeBooleanField("moe_router_enable_expert_bias", true);
        json.writeNullField("rope_scaling");
        json.writeBooleanField("use_cache", true);
    }

    private void sizes(JsonGenerator json) throws IOException {
        for (Field field : Schema.of(ModelConfig.class).fields()) {
            json.writeFieldName(field.key());
            switch (field.read(model)) {
                case Integer value -> json.writeNumber(value);
                case Double value -> json.writeNumber(value);
                case Boolean value -> json.writeBoolean(value);
                default -> throw new IllegalStateException("no JSON type for " + field);
            }
        }
        json.writeNumberField("moe_shared_expert_intermediate_size", model.sharedIntermediateSize());
    }

    private static void quantisation(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("quantization_config");
        json.writeStringField("quant_method", "fp8");
        json.writeStringField("fmt", "e4m3");
        json.writeStringField("activation_scheme", "dynamic");
        json.writeArrayFieldStart("weight_block_size");
        json.writeNumber(FP8_BLOCK);
        json.writeNumber(FP8_BLOCK);
        json.writeEndArray();
        // What loads FP8 takes every linear layer for one that is, except those that are named.
        json.writeArrayFieldStart("modules_to_not_convert");
        json.writeString("lm_head");
        json.writeString("eh_proj");
        json.writeEndArray();
        json.writeEndObject();
    }
}
