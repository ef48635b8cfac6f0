package dev.calandra.configs;

import java.util.List;
import java.util.regex.Pattern;

/** One tokenized corpus. */
public record SourceConfig(
        @Key(description = "Name in logs and metrics: letters, digits, '.', '_' and '-', unique in the config.")
        String name,

        @Key(description = "Which share of the mixture it belongs to: general or reasoning.")
        Kind kind,

        @Key(
                description =
                        "Folder written by `calandra tokenize`; local (relative to the working directory) or hdfs://.")
        String path,

        @Key(description = "Weight among the sources of the same kind; 0 = not used.", defaultValue = "1.0")
        double weight,

        @Key(
                description =
                        "Most often that the source is served in full; 0 = without limit. What it had goes to its kind.",
                defaultValue = "0.0")
        double maxEpochs,

        @Key(description = "Course of the weight over the run; empty = constant.", defaultValue = "[]")
        List<WeightPoint> schedule) {

    /** The two shares that a mixture schedule moves between (Ling 2.0 report, 3.2.2.1). */
    public enum Kind {
        /** Prose, web, books. */
        GENERAL,
        /** Code and mathematics. */
        REASONING
    }

    /** Names appear as metric names and in messages, so they stay plain. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** @throws ConfigException naming every key that is out of range */
    public SourceConfig {
        Checks check = new Checks();
        check.present("name", name);
        check.rule(
                () -> NAME.matcher(name).matches(),
                () -> "not a plain name (%s); use 1 to 64 letters, digits, '.', '_' or '-'".formatted(name),
                "name");
        check.present("kind", kind);
        check.notBlank("path", path);
        check.notNegative("weight", weight);
        check.notNegative("max_epochs", maxEpochs);
        check.present("schedule", schedule);
        if (schedule != null) {
            check.points("schedule", schedule.stream().map(WeightPoint::at).toList());
        }
        check.throwIfAny();
        schedule = List.copyOf(schedule);
    }

    /** A source of constant weight, without a limit of epochs. */
    public SourceConfig(String name, Kind kind, String path, double weight) {
        this(name, kind, path, weight, 0, List.of());
    }
}
