package dev.calandra.laws.choice;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;
import dev.calandra.laws.ParameterCount;
import dev.calandra.laws.records.ComputeConvention;
import dev.calandra.laws.records.LawFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where a run stands among the variables of laws.
 *
 * @param columns by the names of {@link dev.calandra.laws.records.RunRecord}: parameters, tokens and compute in each convention
 */
public record RunPoint(Map<String, Double> columns) {
    private static final double FLOPS_PER_PARAMETER = 6;
    private static final Set<String> COMPUTE =
            Set.of("scaling_law_flops", "six_nd_flops", LawFile.SIX_ND_FLOPS, LawFile.SIX_ACTIVE_ND_FLOPS);
    private static final String WITHOUT_EMBEDDING = "without embedding";
    private static final String ALL = "all";
    private static final Set<String> PARAMETERS =
            Set.of("parameters", "active_parameters", "non_embedding_parameters", "active_non_embedding_parameters");
    private static final Map<String, String> USUAL = Map.of(
            "flops", "scaling_law_flops",
            "flops_per_token", "flops_per_token",
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
     * The point in a law's own variables: each is the column that the law names for it, or the usual one of its name. Where that does not
     * tell what {@code parameters} are, they are those that one token visits for laws of the loss and of the size, because experts at
     * rest cost no compute, and all of them for laws of learning rate and batch size.
     */
    public Map<String, Double> in(LawFile law) {
        Map<String, Double> point = new LinkedHashMap<>();
        USUAL.forEach((variable, usual) -> point.put(variable, columns.get(usual)));
        point.put("parameters", columns.get(parameters(law)));
        law.variables().forEach((variable, meaning) -> {
            Double named = columns.get(meaning.strip());
            if (named != null) {
                point.put(variable, named);
            }
        });
        String flops = law.variables().get("flops");
        if (LawFile.SIX_ACTIVE_ND_FLOPS.equals(flops)) {
            point.put("flops", columns.get("six_nd_flops"));
        } else if (LawFile.SIX_ND_FLOPS.equals(flops)) {
            point.put("flops", FLOPS_PER_PARAMETER * point.get("parameters") * point.get("tokens"));
        }
        return point;
    }

    private static String parameters(LawFile law) {
        boolean bare = law.variables().getOrDefault("parameters", "").startsWith(WITHOUT_EMBEDDING);
        if (ofAll(law)) {
            return bare ? "non_embedding_parameters" : "parameters";
        }
        return bare ? "active_non_embedding_parameters" : "active_parameters";
    }

    /** Whether a law's parameters count experts at rest, where it does not name a column. */
    private static boolean ofAll(LawFile law) {
        return law.targets().contains("learning_rate") || law.targets().contains("batch_tokens");
    }

    /**
     * What is doubtful about a law's variables: of a column or an expression whose name does not tell, compute is taken for M D, which may
     * be off by a third and more, and parameters for active ones or for all (see {@link #in}), which in a MoE model differ many times.
     */
    public static List<String> doubts(LawFile law) {
        return Stream.of(computeDoubt(law), parametersDoubt(law))
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * What is doubtful about asking a law for what runs of a table should have had: their compute is counted otherwise than that behind the
     * law, or is not known to be counted alike.
     *
     * @param definitions by variable, what the table's was computed from
     */
    public static Optional<String> doubt(LawFile law, Map<String, String> definitions) {
        String behind = law.variables().get("flops");
        String here = definitions.get("flops");
        if (behind == null || here == null || !law.concerns("flops") || behind.equals(here)) {
            return Optional.empty();
        }
        ComputeConvention known = ComputeConvention.of(behind);
        if (known != ComputeConvention.UNKNOWN && known == ComputeConvention.of(here)) {
            return Optional.empty();
        }
        return Optional.of(
                "law %s chooses by compute that was \"%s\", and the table's is \"%s\"%s; --map flops=... gives it"
                        .formatted(
                                law.source(),
                                behind,
                                here,
                                known == ComputeConvention.UNKNOWN
                                                || ComputeConvention.of(here) == ComputeConvention.UNKNOWN
                                        ? ", which may be counted otherwise"
                                        : ", which is another count, and differs by a third and more"));
    }

    private static Optional<String> computeDoubt(LawFile law) {
        String meaning = law.variables().get("flops");
        if (meaning == null || !law.concerns("flops") || ComputeConvention.of(meaning) != ComputeConvention.UNKNOWN) {
            return Optional.empty();
        }
        return Optional.of(
                "compute in law %s was \"%s\", taken to be M D here; if it was 6 N D, fit it again with --map flops=6*parameters*tokens"
                        .formatted(law.source(), meaning));
    }

    private static Optional<String> parametersDoubt(LawFile law) {
        String meaning = law.variables().get("parameters");
        if (meaning == null
                || !law.concerns("parameters")
                || PARAMETERS.contains(meaning.strip())
                || meaning.startsWith(ALL)
                || meaning.startsWith(WITHOUT_EMBEDDING)) {
            return Optional.empty();
        }
        String other = ofAll(law) ? "active_parameters" : "parameters";
        return Optional.of(
                "parameters in law %s were \"%s\", taken to be %s here; if they were %s, write \"%s\" for them under variables in the law file"
                        .formatted(
                                law.source(),
                                meaning,
                                ofAll(law) ? "all" : "the active ones",
                                ofAll(law) ? "the active ones" : "all",
                                other));
    }
}
