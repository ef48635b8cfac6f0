package dev.calandra.laws;

import dev.calandra.configs.AutoValues;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.SweepPoint;
import dev.calandra.configs.SweepPoint.Consequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a sweep may set instead of config keys, as {@code derive.NAME}: sizes and budgets from which config keys follow. They
 * are worked out in the order of the constants, each on the config that the ones before it have led to.
 */
public enum DerivedKey {
    /** Decoder layers. */
    DEPTH {
        @Override
        public List<Consequence> consequences(PretrainConfig config, double value) {
            return List.of(consequence("model.num_hidden_layers", whole(value)));
        }
    },
    /** Width of the residual stream: heads of the same size, and feed-forward networks in the proportions of the base config. */
    WIDTH {
        @Override
        public List<Consequence> consequences(PretrainConfig config, double value) {
            ModelConfig model = config.model();
            long width = whole(value);
            if (width % model.headDim() != 0) {
                throw new IllegalArgumentException("not a multiple of model.head_dim (%d of %d); write one, such as %d"
                        .formatted(width, model.headDim(), Math.max(1, width / model.headDim()) * model.headDim()));
            }
            long heads = width / model.headDim();
            return List.of(
                    consequence("model.hidden_size", width),
                    consequence("model.num_attention_heads", heads),
                    consequence("model.num_key_value_heads", keyValueHeads(heads, model.queriesPerKeyValueHead())),
                    consequence("model.intermediate_size", scaled(model.intermediateSize(), model, width)),
                    consequence("model.moe_intermediate_size", scaled(model.moeIntermediateSize(), model, width)));
        }
    },
    /** Tokens per optimizer step, in whole sequences. */
    BATCH_TOKENS {
        @Override
        public List<Consequence> consequences(PretrainConfig config, double value) {
            return List.of(consequence(
                    "run.batch_size",
                    Math.max(1, Math.round(value / config.data().sequenceLength()))));
        }
    },
    /** Tokens of the run, in whole steps. */
    TOKENS {
        @Override
        double tokens(PretrainConfig config, double value) {
            return value;
        }
    },
    /** Tokens of the run for each active parameter, embedding and head included. */
    TOKENS_PER_PARAMETER {
        @Override
        double tokens(PretrainConfig config, double value) {
            return value * ParameterCount.of(config.model()).active();
        }
    },
    /** Training compute in scaling-law FLOPs, C = M D (see {@link ModelCost}). */
    SCALING_LAW_FLOPS {
        @Override
        double tokens(PretrainConfig config, double value) {
            long perToken =
                    ModelCost.of(config.model(), config.data().sequenceLength()).scalingLawTrainingFlops();
            return value / perToken;
        }
    },
    /** Training compute as 6 x active parameters x tokens, embedding and head included. */
    SIX_ND_FLOPS {
        @Override
        double tokens(PretrainConfig config, double value) {
            double perToken =
                    ModelCost.of(config.model(), config.data().sequenceLength()).sixNFlops();
            return value / perToken;
        }
    },
    /** Warm-up as a share of the run's steps. */
    WARMUP_SHARE {
        @Override
        public List<Consequence> consequences(PretrainConfig config, double value) {
            return List.of(consequence("optimizer.schedule.warmup_steps", shareOfSteps(config, value)));
        }
    },
    /** Decay of a wsd schedule as a share of the run's steps. */
    DECAY_SHARE {
        @Override
        public List<Consequence> consequences(PretrainConfig config, double value) {
            return List.of(consequence("optimizer.schedule.decay_steps", shareOfSteps(config, value)));
        }
    };

    private static final int NETWORK_MULTIPLE = 8;
    private static final List<DerivedKey> BUDGETS =
            List.of(TOKENS, TOKENS_PER_PARAMETER, SCALING_LAW_FLOPS, SIX_ND_FLOPS);

    /**
     * The config keys that follow.
     *
     * @throws IllegalArgumentException if the value makes no sense, with what would
     */
    public List<Consequence> consequences(PretrainConfig config, double value) {
        double steps = Math.max(1, Math.rint(tokens(config, value) / config.tokensPerStep()));
        if (steps > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("%.3g steps of %d tokens; a run has at most %d"
                    .formatted(steps, config.tokensPerStep(), Integer.MAX_VALUE));
        }
        return List.of(consequence("run.steps", (long) steps));
    }

    /** Tokens of the run that a budget comes to. */
    double tokens(PretrainConfig config, double value) {
        throw new UnsupportedOperationException(key() + " is no budget");
    }

    /** The name behind {@code derive.} in a sweep file. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Works out a point's derived keys.
     *
     * @param sets overrides of the command line
     * @param auto chooses what is left to a law
     * @return what they lead to, to load the point with
     * @throws ConfigException at the line of a name that is not known, a value that makes no sense, or a second budget
     */
    public static List<Consequence> resolve(SweepPoint point, List<String> sets, AutoValues auto) {
        Map<String, Double> derived = point.derived();
        requireKnown(point, derived);
        List<Consequence> all = new ArrayList<>();
        for (DerivedKey key : values()) {
            Double value = derived.get(key.key());
            if (value != null) {
                LoadedConfig loaded = point.load(all, sets, auto);
                PretrainConfig config = loaded.config();
                try {
                    boolean open = BUDGETS.contains(key) && isBatchChosen(loaded);
                    all.addAll(open ? key.length(config, value) : key.consequences(config, value));
                } catch (IllegalArgumentException e) {
                    throw point.problem(key.key(), e.getMessage());
                }
            }
        }
        return all;
    }

    /** The tokens themselves: the batch that steps would be counted in is only chosen when the tokens are known. */
    private List<Consequence> length(PretrainConfig config, double value) {
        return List.of(new Consequence(key(), "run.steps", tokens(config, value) + " tokens"));
    }

    private static boolean isBatchChosen(LoadedConfig config) {
        return config.settings().stream()
                .anyMatch(setting -> setting.key().equals("run.batch_size")
                        && setting.origin().startsWith(AutoValues.ORIGIN));
    }

    private static void requireKnown(SweepPoint point, Map<String, Double> derived) {
        List<String> known = Arrays.stream(values()).map(DerivedKey::key).toList();
        for (String name : derived.keySet()) {
            if (!known.contains(name)) {
                throw point.problem(name, "unknown derived key; known are " + String.join(", ", known));
            }
        }
        List<String> budgets = BUDGETS.stream()
                .map(DerivedKey::key)
                .filter(derived::containsKey)
                .toList();
        if (budgets.size() > 1) {
            throw point.problem(
                    budgets.getLast(), "a second budget beside derive.%s; keep one".formatted(budgets.getFirst()));
        }
    }

    Consequence consequence(String key, long value) {
        return new Consequence(key(), key, Long.toString(value));
    }

    private static long shareOfSteps(PretrainConfig config, double share) {
        if (share > 1) {
            throw new IllegalArgumentException("not a share (%s); write at most 1".formatted(share));
        }
        return Math.max(1, Math.round(share * config.run().steps()));
    }

    private static long whole(double value) {
        if (value != Math.rint(value) || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("not a whole number (%s); write one".formatted(value));
        }
        return (long) value;
    }

    /** The largest divisor of the heads that leaves at least the base config's queries for each key-value head. */
    private static long keyValueHeads(long heads, int queriesPerKeyValueHead) {
        long most = Math.max(1, heads / queriesPerKeyValueHead);
        while (heads % most != 0) {
            most--;
        }
        return most;
    }

    private static long scaled(int size, ModelConfig model, long width) {
        double exact = (double) size * width / model.hiddenSize();
        return Math.max(NETWORK_MULTIPLE, Math.round(exact / NETWORK_MULTIPLE) * NETWORK_MULTIPLE);
    }
}
