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
                        "Share of reasoning tokens over the run, piecewise linear or stepped; empty = by source weights alone.",
                defaultValue = "[]")
        List<MixturePoint> mixture,

        @Key(
                description = "Unit of every at: progress (0 to 1 of the run) or tokens (since its start).",
                defaultValue = "progress")
        MixturePositions mixturePositions,

        @Key(
                description =
                        "What schedules do between two points: linear, or stepped (hold the value of the point before).",
                defaultValue = "linear")
        MixtureInterpolation mixtureInterpolation,

        @Key(
                description =
                        "How documents become sequences: concat (cut anywhere, no padding) or best_fit (whole documents, under 1 % padding).",
                defaultValue = "concat")
        Packing packing,

        @Key(description = "Local copies of shards that lie on hdfs://.")
        CacheConfig cache) {

    /** @throws ConfigException naming every key that is out of range */
    public DataConfig {
        Checks check = new Checks();
        check.present("tokenizer", tokenizer);
        check.atLeast("sequence_length", sequenceLength, 1);
        check.present("sources", sources);
        check.present("mixture", mixture);
        check.present("mixture_positions", mixturePositions);
        check.present("mixture_interpolation", mixtureInterpolation);
        check.present("packing", packing);
        check.present("cache", cache);
        if (sources != null) {
            checkNames(check, sources);
        }
        if (mixture != null) {
            check.points("mixture", mixture.stream().map(MixturePoint::at).toList());
        }
        if (sources != null && mixture != null && mixturePositions != null) {
            checkPositions(check, sources, mixture, mixturePositions);
        }
        if (sources != null && mixture != null && !sources.isEmpty()) {
            checkKinds(check, sources, mixture);
        }
        check.throwIfAny();
        sources = List.copyOf(sources);
        mixture = List.copyOf(mixture);
    }

    /** A config whose schedules are linear in the run's progress and whose documents are concatenated. */
    public DataConfig(Path tokenizer, int sequenceLength, List<SourceConfig> sources, List<MixturePoint> mixture) {
        this(
                tokenizer,
                sequenceLength,
                sources,
                mixture,
                MixturePositions.PROGRESS,
                MixtureInterpolation.LINEAR,
                Packing.CONCAT,
                new CacheConfig("cache", 16));
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

    /** Positions beyond the end of the run are a mistake that can be told when they are shares of it. */
    private static void checkPositions(
            Checks check, List<SourceConfig> sources, List<MixturePoint> mixture, MixturePositions unit) {
        for (int i = 0; i < mixture.size(); i++) {
            checkPosition(check, "mixture." + i + ".at", mixture.get(i).at(), unit);
        }
        for (int d = 0; d < sources.size(); d++) {
            List<WeightPoint> schedule = sources.get(d).schedule();
            for (int i = 0; i < schedule.size(); i++) {
                checkPosition(
                        check,
                        "sources." + d + ".schedule." + i + ".at",
                        schedule.get(i).at(),
                        unit);
            }
        }
    }

    private static void checkPosition(Checks check, String key, double at, MixturePositions unit) {
        check.rule(
                () -> unit == MixturePositions.TOKENS || at <= 1,
                () -> "not a share (%s); must be between 0 and 1, or set data.mixture_positions to tokens"
                        .formatted(at),
                key,
                "mixture_positions");
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
