package dev.calandra.configs;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A job of {@code calandra tokenize}: corpora that go through the same quality steps, in their order. */
public record TokenizeConfig(
        @Key(description = "Hugging Face tokenizer.json.") Path tokenizer,

        @Key(description = "Corpora to tokenize; duplicates are looked for across all of them, the first one is kept.")
        List<CorpusConfig> sources,

        @Key(description = "Share of documents kept for evaluation, by the hash of their ids.", defaultValue = "0.02")
        double heldOut,

        @Key(description = "The job fails when a larger share of a source's records is bad.", defaultValue = "0.01")
        double maxRejected,

        @Key(description = "Worker threads; 0 = all cores. The shards do not depend on it.", defaultValue = "0")
        int threads,

        @Key(description = "What documents must be like to be kept.")
        QualityConfig quality) {

    /** @throws ConfigException naming every key that is out of range */
    public TokenizeConfig {
        Checks check = new Checks();
        check.present("tokenizer", tokenizer);
        check.present("sources", sources);
        check.present("quality", quality);
        check.share("held_out", heldOut);
        check.rule(
                () -> heldOut < 1,
                () -> "leaves nothing to train on (%s); must be less than 1".formatted(heldOut),
                "held_out");
        check.share("max_rejected", maxRejected);
        check.atLeast("threads", threads, 0);
        if (sources != null) {
            checkSources(check, sources);
        }
        check.throwIfAny();
        sources = List.copyOf(sources);
    }

    private static void checkSources(Checks check, List<CorpusConfig> sources) {
        check.rule(() -> !sources.isEmpty(), () -> "empty; name at least one source", "sources");
        checkDistinct(check, "name", sources.stream().map(CorpusConfig::name).toList());
        checkDistinct(
                check, "output", sources.stream().map(CorpusConfig::output).toList());
    }

    private static void checkDistinct(Checks check, String key, List<String> values) {
        Map<String, Integer> firstUse = new HashMap<>();
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            Integer first = firstUse.putIfAbsent(value, i);
            check.rule(
                    () -> first == null,
                    () -> "used twice (%s); source %d has it already".formatted(value, first),
                    "sources." + i + "." + key);
        }
    }
}
