package dev.calandra.laws.records;

import dev.calandra.laws.AllocationLaw;
import dev.calandra.laws.HyperParameterLaw;
import dev.calandra.laws.PowerLaw;
import dev.calandra.laws.PublishedLaws;
import dev.calandra.laws.forms.LossForm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Published laws by name. Each was fitted on somebody's own data, architecture and optimizer: a starting point elsewhere, not an
 * answer. Units are those of {@link RunRecord}: tokens per step, not sequences.
 */
public final class BuiltInLaws {
    private static final String LING_COMPUTE =
            "M D: training FLOPs per token of the layers, attention in full, times tokens (scaling_law_flops)";
    private static final HyperParameterLaw DEEPSEEK = new HyperParameterLaw(
            "arXiv 2401.02954", new PowerLaw(0.3118, -0.1250), new PowerLaw(0.2920, 0.3271), 1e17, 2e19);
    private static final AllocationLaw DEEPSEEK_ALLOCATION =
            new AllocationLaw("arXiv 2401.02954", new PowerLaw(0.1715, 0.5243), new PowerLaw(5.8316, 0.4757));
    private static final Map<String, LawFile> LAWS = laws();

    private BuiltInLaws() {}

    /** A law of this name, if there is one. */
    public static Optional<LawFile> named(String name) {
        return Optional.ofNullable(LAWS.get(name));
    }

    /** Names of all laws. */
    public static List<String> names() {
        return List.copyOf(LAWS.keySet());
    }

    private static Map<String, LawFile> laws() {
        Map<String, LawFile> laws = new LinkedHashMap<>();
        laws.put(
                "ling",
                byCompute(
                        PublishedLaws.LING_MOE_HYPER_PARAMETERS,
                        "MoE models with 64 experts, 4 and one shared active; rates 2^-11 to 2^-9, batches 2^18 to 2^21 tokens."));
        laws.put("ling-allocation", allocation(PublishedLaws.LING_MOE_ALLOCATION));
        laws.put("ling-dense-allocation", allocation(PublishedLaws.LING_DENSE_ALLOCATION));
        laws.put("deepseek", byCompute(DEEPSEEK, "Dense models."));
        laws.put("deepseek-allocation", allocation(DEEPSEEK_ALLOCATION));
        laws.put("steplaw", stepLaw());
        laws.put("chinchilla", chinchilla("arXiv 2203.15556, approach 3", 1.69, 406.4, 0.34, 410.7, 0.28));
        laws.put("chinchilla-epoch", chinchilla("arXiv 2404.10102", 1.8172, 482.01, 0.3478, 2085.43, 0.3658));
        laws.put("ling-leverage", leverage());
        return laws;
    }

    private static LawFile byCompute(HyperParameterLaw law, String note) {
        PowerLaw rate = law.learningRate();
        PowerLaw batch = law.batchTokens();
        return published(
                "hyperparameters",
                "learning_rate = %s C^%s, batch_tokens = %s C^%s"
                        .formatted(rate.coefficient(), rate.exponent(), batch.coefficient(), batch.exponent()),
                constants(
                        "learning_rate.coefficient",
                        rate.coefficient(),
                        "learning_rate.flops",
                        rate.exponent(),
                        "batch_tokens.coefficient",
                        batch.coefficient(),
                        "batch_tokens.flops",
                        batch.exponent()),
                Map.of("flops", new Range(law.fittedFrom(), law.fittedTo())),
                Map.of("flops", LING_COMPUTE),
                law.source(),
                List.of(note));
    }

    private static LawFile stepLaw() {
        Map<String, Estimate> constants = constants(
                "learning_rate.coefficient",
                1.79,
                "learning_rate.parameters",
                -0.713,
                "learning_rate.tokens",
                0.307,
                "batch_tokens.coefficient",
                0.58,
                "batch_tokens.tokens",
                0.571);
        return published(
                "hyperparameters",
                "learning_rate = 1.79 N^-0.713 D^0.307, batch_tokens = 0.58 D^0.571",
                constants,
                Map.of("parameters", new Range(6e7, 1.1e9), "tokens", new Range(2e9, 1e11)),
                Map.of("parameters", "without embedding and head; all experts of a MoE", "tokens", "trained on"),
                "arXiv 2503.04715",
                List.of("The final learning rate was fixed at 1e-5."));
    }

    private static LawFile chinchilla(String source, double e, double a, double alpha, double b, double beta) {
        return published(
                "chinchilla",
                "L = E + A / N^alpha + B / D^beta",
                constants("E", e, "A", a, "alpha", alpha, "B", b, "beta", beta),
                Map.of("parameters", new Range(4.4e7, 1.6e10), "tokens", new Range(5e9, 5e11)),
                Map.of("parameters", "all, embedding included", "tokens", "trained on"),
                source,
                List.of("Dense models on MassiveText. Of a MoE model its parameters are taken to be the active ones."));
    }

    private static LawFile leverage() {
        return published(
                "leverage",
                LossForm.named("leverage").orElseThrow().formula(),
                constants(
                        "a", 1.23, "d", -7.61e-2, "gamma", 1.67e-2, "beta", -1.17e-1, "A_start", 1.63e-2, "A_max",
                        5.28e16),
                Map.of("flops", new Range(1e18, 3e20)),
                Map.of(
                        "active_ratio", "active experts over all, shared ones counted in both",
                        "granularity", "2 x hidden size / expert width",
                        "flops", LING_COMPUTE),
                "arXiv 2507.17702, Table 2",
                List.of("A_max is so large that it has no effect."));
    }

    private static LawFile allocation(AllocationLaw law) {
        PowerLaw model = law.flopsPerToken();
        PowerLaw data = law.tokens();
        return published(
                "allocation",
                "flops_per_token = %s C^%s, tokens = %s C^%s"
                        .formatted(model.coefficient(), model.exponent(), data.coefficient(), data.exponent()),
                constants(
                        "flops_per_token.coefficient",
                        model.coefficient(),
                        "flops_per_token.flops",
                        model.exponent(),
                        "tokens.coefficient",
                        data.coefficient(),
                        "tokens.flops",
                        data.exponent()),
                Map.of("flops", new Range(3e17, 3e20)),
                Map.of("flops", LING_COMPUTE),
                law.source(),
                List.of());
    }

    private static LawFile published(
            String law,
            String formula,
            Map<String, Estimate> constants,
            Map<String, Range> range,
            Map<String, String> variables,
            String source,
            List<String> notes) {
        return new LawFile(
                law, formula, constants, List.of(), range, variables, 0, null, source, "", "", new ArrayList<>(notes));
    }

    private static Map<String, Estimate> constants(Object... namesAndValues) {
        Map<String, Estimate> constants = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            constants.put((String) namesAndValues[i], Estimate.exactly((Double) namesAndValues[i + 1]));
        }
        return constants;
    }
}
