package dev.calandra.configs;

import java.util.List;

/**
 * A config as it came from a file and the command line.
 *
 * @param file the file, as the user named it
 * @param config the config itself
 * @param settings every key with its value and origin, in the order of the records
 */
public record LoadedConfig(String file, PretrainConfig config, List<Setting> settings) {
    public LoadedConfig {
        settings = List.copyOf(settings);
    }

    /** The config with every key written out; loading this YAML gives an equal config. */
    public String effectiveYaml() {
        return EffectiveConfig.yaml(config);
    }

    /**
     * The config, for a command that trains.
     *
     * @throws ConfigException if it has no data sources, which a config that is only printed or priced may lack
     */
    public PretrainConfig forTraining() {
        if (config.data().sources().isEmpty()) {
            throw new ConfigException(new Problem(
                    file,
                    0,
                    "data.sources",
                    "empty; training needs at least one folder written by `calandra tokenize`"));
        }
        return config;
    }
}
