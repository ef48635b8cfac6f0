package dev.calandra.data;

import dev.calandra.configs.DataConfig;
import dev.calandra.configs.DataException;
import dev.calandra.configs.SourceConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The train splits of a config's sources with a weight above 0, by name in the order of the config. */
final class OpenSources implements AutoCloseable {
    private final Map<String, Source> sources = new LinkedHashMap<>();

    /** A source with its windows. */
    record Source(SourceConfig config, ShardSet shards, SourceWindows windows) {}

    /**
     * Opens them.
     *
     * @throws DataException when a source is missing, too small, or was tokenized with another tokenizer
     */
    OpenSources(DataConfig data, Tokenizer tokenizer, int lookahead, long seed) {
        try {
            for (SourceConfig config : used(data)) {
                ShardSet shards = ShardSet.open(config.path(), Split.TRAIN, data.cache());
                try {
                    shards.requireTokenizer(tokenizer);
                    SourceWindows windows = SourceWindows.of(
                            config.name(), shards, data.packing(), data.sequenceLength(), lookahead, seed);
                    sources.put(config.name(), new Source(config, shards, windows));
                } catch (RuntimeException e) {
                    shards.close();
                    throw e;
                }
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    List<Source> all() {
        return new ArrayList<>(sources.values());
    }

    Optional<Source> named(String name) {
        return Optional.ofNullable(sources.get(name));
    }

    @Override
    public void close() {
        sources.values().forEach(source -> source.shards().close());
    }

    private static List<SourceConfig> used(DataConfig data) {
        List<SourceConfig> used =
                data.sources().stream().filter(source -> source.weight() > 0).toList();
        if (used.isEmpty()) {
            throw new DataException(
                    "data.sources is empty: nothing to train on; name a folder written by `calandra tokenize`");
        }
        return used;
    }
}
