package dev.calandra.configs;

/**
 * One key of the effective config.
 *
 * @param key dotted key, such as {@code model.hidden_size} or {@code data.sources.0.path}
 * @param value the value in use, as YAML
 * @param origin {@code default}, file name and line such as {@code pico.yaml:12}, or {@code --set}
 * @param description what the key means, in one line
 */
public record Setting(String key, String value, String origin, String description) {}
