package dev.calandra.configs;

import dev.calandra.configs.SourceConfig.Kind;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokenizer, sources and their mixture. A config without sources is sound (it can be printed and priced); training on it
 * is not, see {@link LoadedConfig#forTraining()}. Relative paths are relative to the working directory of the command
 * and are kept as written.
 */
public record DataConfig(
        @Key(description = "Hugging Face tokenizer.json; relative to the working directory.")
        Path tokenizer,

        @Key(description = "Tokens per training sequence.") int sequenceLength,

        @Key(
                description = "Tokenized corpora. May be empty in a config that is only printed or priced.",
                defaultValue = "[]")
        List<SourceConfig> sources,

        @Key(
                description =
                        "Share of reasoning tokens over the run, piecewise linear; empty = by source weights alone.",
                defaultValue = "[]")
        List<MixturePoint> mixture) {

    /** @throws ConfigException naming every key that is out of range */
    public DataConfig {
        Checks check = new Checks();
        check.present("tokenizer", tokenizer);
        check.atLeast("sequence_length", sequenceLength, 1);
        check.present("sources", sources);
        check.present("mixture", mixture);
        if (sources != null) {
            checkNames(check, sources);
        }
        if (mixture != null) {
            checkPoints(check, mixture);
        }
        if (sources != null && mixture != null && !sources.isEmpty()) {
            checkKinds(check, sources, mixture);
        }
        check.throwIfAny();
        sources = List.copyOf(sources);
        mixture = List.copyOf(mixture);
    }

    /**
     * Share of reasoning tokens at a point of the run: linear between the points of the mixture, constant after the last;
     * without a mixture, the reasoning sources' part of all weights.
     *
     * @param progress 0 (start) to 1 (end)
     * @return 0 to 1
     */
    public double reasoningShare(double progress) {
        if (mixture.isEmpty()) {
            return weightOf(sources, Kind.REASONING)
                    / (weightOf(sources, Kind.REASONING) + weightOf(sources, Kind.GENERAL));
        }
        MixturePoint before = mixture.getFirst();
        for (MixturePoint after : mixture) {
            if (progress < after.at()) {
                double way = (progress - before.at()) / (after.at() - before.at());
                return before.reasoning() + way * (after.reasoning() - before.reasoning());
            }
            before = after;
        }
        return before.reasoning();
    }

    private static void checkNames(Checks check, List<SourceConfig> sources) {
        Map<String, Integer> firstUse = new HashMap<>();
        for (int i = 0; i < sources.size(); i++) {
            String name = sources.get(i).name();
            Integer first = firstUse.putIfAbsent(name, i);
            check.rule(
                    () -> first == null,
                    () -> "used twice (%s); source %d has this name already".formatted(name, first),
                    "sources." + i + ".name");
        }
    }

    private static void checkPoints(Checks check, List<MixturePoint> mixture) {
        for (int i = 0; i < mixture.size(); i++) {
            double at = mixture.get(i).at();
            double previous = i == 0 ? -1 : mixture.get(i - 1).at();
            String key = "mixture." + i + ".at";
            if (i == 0) {
                check.rule(() -> at == 0, () -> "not the start (%s); the first point must be at 0".formatted(at), key);
            } else {
                check.rule(
                        () -> at > previous,
                        () -> "not after the point before it (%s after %s); points must be sorted and distinct"
                                .formatted(at, previous),
                        key);
            }
        }
    }

    private static void checkKinds(Checks check, List<SourceConfig> sources, List<MixturePoint> mixture) {
        double reasoning = weightOf(sources, Kind.REASONING);
        double general = weightOf(sources, Kind.GENERAL);
        check.rule(
                () -> reasoning > 0 || general > 0,
                () -> "no source has a weight above 0; give at least one a weight",
                "sources");
        for (int i = 0; i < mixture.size(); i++) {
            double share = mixture.get(i).reasoning();
            String key = "mixture." + i + ".reasoning";
            check.rule(
                    () -> share == 0 || reasoning > 0,
                    () -> "asks for reasoning tokens (%s) that no source gives; add a reasoning source or write 0"
                            .formatted(share),
                    key,
                    "sources");
            check.rule(
                    () -> share == 1 || general > 0,
                    () -> "asks for general tokens (1 - %s) that no source gives; add a general source or write 1"
                            .formatted(share),
                    key,
                    "sources");
        }
    }

    private static double weightOf(List<SourceConfig> sources, Kind kind) {
        return sources.stream()
                .filter(source -> source.kind() == kind)
                .mapToDouble(SourceConfig::weight)
                .sum();
    }
}
