package dev.calandra.laws.choice;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;
import dev.calandra.laws.ParameterCount;
import dev.calandra.laws.records.LawFile;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where a run stands among the variables of laws.
 *
 * @param columns by the names of {@link dev.calandra.laws.records.RunRecord}: parameters, tokens and compute in each convention
 */
public record RunPoint(Map<String, Double> columns) {
    private static final double FLOPS_PER_PARAMETER = 6;
    private static final Set<String> COMPUTE = Set.of("scaling_law_flops", "six_nd_flops", LawFile.SIX_ND_FLOPS);
    private static final Map<String, String> USUAL = Map.of(
            "flops", "scaling_law_flops",
            "flops_per_token", "flops_per_token",
            "parameters", "parameters",
            "active_parameters", "active_parameters",
            "tokens", "tokens");

    public RunPoint {
        columns = Map.copyOf(columns);
    }

    /** The point of a config's whole run. */
    public static RunPoint of(PretrainConfig config) {
        return of(ModelCost.of(config.model(), config.data().sequenceLength()), config.totalTokens());
    }

    /** The point of a model trained on so many tokens. */
    public static RunPoint of(ModelCost cost, double tokens) {
        ParameterCount count = cost.parameters();
        Map<String, Double> columns = new LinkedHashMap<>();
        columns.put("parameters", (double) count.total());
        columns.put("active_parameters", (double) count.active());
        columns.put("non_embedding_parameters", (double) count.nonEmbedding());
        columns.put("active_non_embedding_parameters", (double) count.activeNonEmbedding());
        columns.put("tokens", tokens);
        columns.put("flops_per_token", (double) cost.scalingLawTrainingFlops());
        columns.put("scaling_law_flops", cost.scalingLawTrainingFlops() * tokens);
        columns.put("six_nd_flops", cost.sixNFlops() * tokens);
        return new RunPoint(columns);
    }

    /** Compute in scaling-law FLOPs. */
    public double scalingLawFlops() {
        return columns.get("scaling_law_flops");
    }

    /**
     * The point in a law's own variables: each is the column that the law names for it, or the usual one of its name. What
     * {@code parameters} a published law means is told by its words.
     */
    public Map<String, Double> in(LawFile law) {
        Map<String, Double> point = new LinkedHashMap<>();
        USUAL.forEach((variable, usual) -> point.put(variable, columns.get(usual)));
        law.variables()
                .forEach((variable, meaning) ->
                        column(variable, meaning).ifPresent(value -> point.put(variable, value)));
        if (LawFile.SIX_ND_FLOPS.equals(law.variables().get("flops"))) {
            point.put("flops", FLOPS_PER_PARAMETER * point.get("parameters") * point.get("tokens"));
        }
        return point;
    }

    /**
     * What is doubtful about a law's compute: computed from a column or an expression whose convention its name does not tell, it is taken
     * for M D, which may be off by a third and more.
     */
    public static Optional<String> doubt(LawFile law) {
        String meaning = law.variables().get("flops");
        boolean used = law.targets().stream()
                .anyMatch(target -> law.rule(target).variables().contains("flops"));
        if (meaning == null || !used || COMPUTE.contains(meaning.strip()) || meaning.startsWith("M D")) {
            return Optional.empty();
        }
        return Optional.of(
                "compute in law %s was \"%s\", taken to be M D here; if it was 6 N D, fit it again with --map flops=6*parameters*tokens"
                        .formatted(law.source(), meaning));
    }

    private Optional<Double> column(String variable, String meaning) {
        if (variable.equals("parameters") && meaning.startsWith("without embedding")) {
            return Optional.of(columns.get("non_embedding_parameters"));
        }
        return Optional.ofNullable(columns.get(meaning.strip()));
    }
}
