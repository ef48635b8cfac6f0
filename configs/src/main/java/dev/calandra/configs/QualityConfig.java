package dev.calandra.configs;

import java.util.List;

/** What documents must be like to be kept; each step is off unless it is written. */
public record QualityConfig(
        @Key(description = "Drop shorter documents, in UTF-16 characters.", defaultValue = "0")
        int minCharacters,

        @Key(description = "Drop longer documents; 0 = without limit.", defaultValue = "0")
        int maxCharacters,

        @Key(
                description = "Drop documents with a larger share of their text in lines that repeat; 1 = off.",
                defaultValue = "1.0")
        double maxRepeatedLines,

        @Key(
                description =
                        "Drop documents with a larger share of their words in ten-word sequences that repeat; 1 = off.",
                defaultValue = "1.0")
        double maxRepeatedNgrams,

        @Key(description = "Drop a text that was seen before.", defaultValue = "false")
        boolean exactDuplicates,

        @Key(
                description =
                        "Drop a text this similar to one before (estimated Jaccard of five-word sequences), such as 0.8; 0 = off.",
                defaultValue = "0.0")
        double nearDuplicates,

        @Key(
                description = "Evaluation sets; a document that shares thirteen words in a row with one is dropped.",
                defaultValue = "[]")
        List<EvaluationSetConfig> evaluationSets) {

    /** Below it, candidates would be half of all documents. */
    private static final double LEAST_SIMILARITY = 0.5;

    /** @throws ConfigException naming every key that is out of range */
    public QualityConfig {
        Checks check = new Checks();
        check.atLeast("min_characters", minCharacters, 0);
        check.atLeast("max_characters", maxCharacters, 0);
        check.rule(
                () -> maxCharacters == 0 || maxCharacters >= minCharacters,
                () -> "less than min_characters (%d, %d)".formatted(maxCharacters, minCharacters),
                "max_characters",
                "min_characters");
        check.share("max_repeated_lines", maxRepeatedLines);
        check.share("max_repeated_ngrams", maxRepeatedNgrams);
        check.share("near_duplicates", nearDuplicates);
        check.rule(
                () -> nearDuplicates == 0 || nearDuplicates >= LEAST_SIMILARITY,
                () -> "too small (%s); must be 0 or at least %s".formatted(nearDuplicates, LEAST_SIMILARITY),
                "near_duplicates");
        check.present("evaluation_sets", evaluationSets);
        check.throwIfAny();
        evaluationSets = List.copyOf(evaluationSets);
    }
}
