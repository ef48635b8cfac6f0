package dev.calandra.trainer.run;

import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.Configs;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a training checkpoint says beside its tensors.
 *
 * @param training where the run stands
 * @param data what it took from each source, under which mixtures
 * @param config every key of the effective config with its value
 * @param configYaml the same as YAML, for people and other commands
 * @param evaluation the latest; empty where there was none
 * @param tokenizer SHA-256 of the tokenizer's file; empty in checkpoints from before it was noted
 * @param sources fingerprint of each data source's shards
 * @param environment what computed it: kernels, threads, Java; for diagnosis, never compared
 */
public record CheckpointState(
        TrainingState training,
        ConsumedData data,
        Map<String, String> config,
        String configYaml,
        Optional<Evaluation> evaluation,
        String tokenizer,
        Map<String, String> sources,
        Map<String, String> environment) {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointState.class);

    public CheckpointState {
        config = Map.copyOf(config);
        sources = Map.copyOf(sources);
        environment = Map.copyOf(environment);
    }

    /** The same run at another point. */
    CheckpointState at(TrainingState nowTraining, ConsumedData nowData, Optional<Evaluation> latest) {
        return new CheckpointState(nowTraining, nowData, config, configYaml, latest, tokenizer, sources, environment);
    }

    /** Keys and values of a config. */
    public static Map<String, String> keys(LoadedConfig config) {
        return keys(config.settings());
    }

    /**
     * The config that was in force when this was saved: its keys, and for each that did not exist yet the default that it has now. A key is
     * only ever added with the default that does what was done without it; what else it should do must be asked for.
     *
     * @param place of the checkpoint, for messages
     */
    Map<String, String> inForce(String place) {
        Map<String, String> keys = new LinkedHashMap<>();
        try {
            keys.putAll(keys(Configs.settings(Configs.parse(configYaml, place))));
        } catch (ConfigException e) {
            // A key of then is gone, or means something else: every difference is told as it stands.
            LOG.warn("The config in the checkpoint is not one of this version: {}", e.getMessage());
        }
        keys.putAll(config);
        return keys;
    }

    private static Map<String, String> keys(List<Setting> settings) {
        Map<String, String> keys = new LinkedHashMap<>();
        for (Setting setting : settings) {
            keys.put(setting.key(), setting.value());
        }
        return keys;
    }

    /** As it stands in the manifest. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("training", training.toMap());
        map.put("data", data.toMap());
        map.put("config", config);
        map.put("config_yaml", configYaml);
        evaluation.ifPresent(latest -> map.put(Evaluation.KEY, latest.toMap()));
        map.put("tokenizer_sha256", tokenizer);
        map.put("sources", sources);
        map.put("environment", environment);
        return map;
    }

    /**
     * Reads what {@link #toMap} wrote.
     *
     * @throws CheckpointException naming the entry that is missing or of another type
     */
    public static CheckpointState fromMap(Map<String, Object> map) {
        if (!(map.get("config_yaml") instanceof String yaml)) {
            throw damaged("config_yaml");
        }
        Map<String, Object> training = new LinkedHashMap<>();
        entries(map, "training").forEach((key, value) -> training.put(String.valueOf(key), value));
        return new CheckpointState(
                TrainingState.fromMap(training),
                ConsumedData.fromMap(entries(map, "data")),
                texts(map, "config"),
                yaml,
                Evaluation.fromState(map),
                map.get("tokenizer_sha256") instanceof String tokenizer ? tokenizer : "",
                texts(map, "sources"),
                texts(map, "environment"));
    }

    private static Map<String, String> texts(Map<String, Object> map, String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        entries(map, key).forEach((name, value) -> texts.put(String.valueOf(name), String.valueOf(value)));
        return texts;
    }

    private static Map<?, ?> entries(Map<String, Object> map, String key) {
        if (map.get(key) instanceof Map<?, ?> entries) {
            return entries;
        }
        throw damaged(key);
    }

    private static CheckpointException damaged(String key) {
        return new CheckpointException("checkpoint state: " + key
                + " is missing; this checkpoint was not written by training, so training cannot resume from it");
    }
}
