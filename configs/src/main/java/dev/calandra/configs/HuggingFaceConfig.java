package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import dev.calandra.configs.ValueTree.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;

/**
 * Reads the {@code config.json} of a released model ({@code BailingMoeV2}); {@link ReleasedConfig} writes one.
 *
 * <p>Keys that Calandra has no use for are passed over, but a setting that changes the computation in a way Calandra does
 * not implement is an error. Keys that are absent have the defaults of Hugging Face's {@code BailingMoeV2Config}, which
 * differ from those of a Calandra config.
 */
public final class HuggingFaceConfig {
    static final String ARCHITECTURE = "BailingMoeV2ForCausalLM";
    static final String MODEL_TYPE = "bailing_moe";

    /** Constructor defaults of BailingMoeV2Config; the rotary factor's is the modeling code's for a missing attribute. */
    private static final String CLASS_DEFAULTS = """
            vocab_size: 157184
            hidden_size: 2048
            intermediate_size: 5120
            num_hidden_layers: 20
            num_attention_heads: 16
            num_key_value_heads: 4
            head_dim: 128
            partial_rotary_factor: 1.0
            rope_theta: 600000.0
            rms_norm_eps: 1e-6
            use_qk_norm: true
            num_experts: 256
            num_shared_experts: 1
            num_experts_per_tok: 8
            n_group: 8
            topk_group: 4
            moe_intermediate_size: 512
            first_k_dense_replace: 1
            routed_scaling_factor: 1.0
            num_nextn_predict_layers: 0
            mtp_loss_scaling_factor: 0
            tie_word_embeddings: false
            initializer_range: 0.02
            max_position_embeddings: 32768
            """;

    /** Keys whose other values mean a computation that Calandra does not implement, with the values that it does. */
    private enum Fixed {
        HIDDEN_ACT("silu"),
        SCORE_FUNCTION("sigmoid"),
        NORM_TOPK_PROB("true"),
        USE_BIAS("false"),
        USE_QKV_BIAS("false"),
        USE_SLIDING_WINDOW("false"),
        EMBEDDING_DROPOUT("0.0", "0"),
        ATTENTION_DROPOUT("0.0", "0"),
        OUTPUT_DROPOUT("0.0", "0"),
        ROPE_SCALING("null"),
        ROPE_PARAMETERS("null");

        private final List<String> implemented;

        Fixed(String... implemented) {
            this.implemented = List.of(implemented);
        }

        private boolean accepts(ValueTree value) {
            return value instanceof Scalar scalar && implemented.contains(scalar.text());
        }
    }

    private HuggingFaceConfig() {}

    /**
     * Reads a released model's sizes.
     *
     * @param configJson strict JSON, at most 256 KiB
     * @throws ConfigException carrying every problem: not such a file, another architecture, a computation that is not
     *     implemented, a value out of range
     */
    public static ModelConfig read(Path configJson) {
        return parse(Configs.text(configJson), configJson.toString());
    }

    /**
     * {@link #read} for a text that is not in a local file.
     *
     * @param file where it is, for messages
     */
    public static ModelConfig parse(String json, String file) {
        Mapping root = JsonReader.read(json, file);
        List<Problem> problems = new ArrayList<>();
        checkArchitecture(root, problems);
        checkFixed(root, problems);
        Mapping model = withDefaults(root, problems);
        Optional<Record> config = new Binder(ModelConfig.class, problems).bind(model);
        if (!problems.isEmpty() || config.isEmpty()) {
            throw Configs.rejected(problems);
        }
        return (ModelConfig) config.get();
    }

    private static void checkArchitecture(Mapping root, List<Problem> problems) {
        ValueTree architectures = root.entries().get("architectures");
        if (architectures instanceof Sequence names) {
            boolean ours = names.items().stream()
                    .anyMatch(item -> item instanceof Scalar name && name.text().equals(ARCHITECTURE));
            if (!ours) {
                List<String> shown =
                        names.items().stream().map(ValueTree::shown).toList();
                problems.add(architectures
                        .origin()
                        .problem(
                                "architectures",
                                "another architecture (%s); only %s can be read"
                                        .formatted(String.join(", ", shown), ARCHITECTURE)));
            }
            return;
        }
        ValueTree type = root.entries().get("model_type");
        if (type != null && !type.shown().startsWith(MODEL_TYPE)) {
            problems.add(type.origin()
                    .problem(
                            "model_type",
                            "another architecture (%s); only %s can be read".formatted(type.shown(), MODEL_TYPE)));
        }
    }

    private static void checkFixed(Mapping root, List<Problem> problems) {
        for (Fixed fixed : Fixed.values()) {
            String key = ScalarConverter.spelling(fixed);
            ValueTree value = root.entries().get(key);
            if (value != null && !fixed.accepts(value)) {
                problems.add(value.origin()
                        .problem(
                                key,
                                "not supported (%s); must be %s"
                                        .formatted(value.shown(), fixed.implemented.getFirst())));
            }
        }
    }

    /** The keys of {@link ModelConfig}, from the file where it has them. */
    private static Mapping withDefaults(Mapping root, List<Problem> problems) {
        Mapping defaults = (Mapping)
                YamlReader.read(CLASS_DEFAULTS, Origin.DEFAULT, "", problems).orElseThrow();
        SequencedMap<String, ValueTree> entries = new LinkedHashMap<>(defaults.entries());
        root.entries().forEach((key, value) -> entries.replace(key, value));
        if (entries.get("head_dim") instanceof Scalar size && size.type() == ScalarType.NULL) {
            derivedHeadDim(entries, size.origin()).ifPresent(derived -> entries.put("head_dim", derived));
        }
        ValueTree rotaryDim = root.entries().get("rotary_dim");
        if (rotaryDim != null) {
            rotaryFactor(rotaryDim, entries, problems).ifPresent(factor -> {
                boolean alsoWritten = root.entries().containsKey("partial_rotary_factor");
                if (alsoWritten && !factor.equals(number(entries.get("partial_rotary_factor")))) {
                    problems.add(rotaryDim
                            .origin()
                            .problem(
                                    "rotary_dim",
                                    "contradicts partial_rotary_factor (%s); remove one".formatted(rotaryDim.shown())));
                }
                entries.put(
                        "partial_rotary_factor", new Scalar(factor.toString(), ScalarType.FLOAT, rotaryDim.origin()));
            });
        }
        return new Mapping(entries, root.origin());
    }

    /** Hugging Face's own fallback: the residual width shared out among the heads. */
    private static Optional<Scalar> derivedHeadDim(Map<String, ValueTree> entries, Origin origin) {
        OptionalInt hidden = integer(entries.get("hidden_size"));
        OptionalInt heads = integer(entries.get("num_attention_heads"));
        if (hidden.isEmpty() || heads.isEmpty() || heads.getAsInt() <= 0) {
            return Optional.empty();
        }
        String size = String.valueOf(hidden.getAsInt() / heads.getAsInt());
        return Optional.of(new Scalar(size, ScalarType.INTEGER, origin));
    }

    /** {@code rotary_dim} as a share of the head: some releases write this key instead of the factor. */
    private static Optional<Double> rotaryFactor(
            ValueTree rotaryDim, Map<String, ValueTree> entries, List<Problem> problems) {
        OptionalInt turned = integer(rotaryDim);
        if (turned.isEmpty()) {
            String wrong = ScalarConverter.mismatch(int.class, rotaryDim).message();
            problems.add(rotaryDim.origin().problem("rotary_dim", wrong));
            return Optional.empty();
        }
        OptionalInt headDim = integer(entries.get("head_dim"));
        return headDim.isPresent() && headDim.getAsInt() > 0
                ? Optional.of((double) turned.getAsInt() / headDim.getAsInt())
                : Optional.empty();
    }

    private static OptionalInt integer(ValueTree tree) {
        return tree instanceof Scalar scalar
                        && ScalarConverter.convert(int.class, scalar) instanceof ScalarConverter.Value value
                ? OptionalInt.of((Integer) value.value())
                : OptionalInt.empty();
    }

    private static Double number(ValueTree tree) {
        return tree instanceof Scalar scalar
                        && ScalarConverter.convert(double.class, scalar) instanceof ScalarConverter.Value value
                ? (Double) value.value()
                : Double.NaN;
    }
}
