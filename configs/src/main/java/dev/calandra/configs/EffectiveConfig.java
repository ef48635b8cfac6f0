package dev.calandra.configs;

import dev.calandra.configs.Schema.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Writes a config out again: as a table of settings, or as YAML that loads to an equal config. */
final class EffectiveConfig {
    /** Text that needs no quotes: it starts with a letter or a path's first character and holds nothing special to YAML. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_./][A-Za-z0-9_./-]*");

    private EffectiveConfig() {}

    /** Every key with its value, origin and description, in the order of the records. */
    static List<Setting> settings(Record config, Map<String, Origin> origins) {
        List<Setting> settings = new ArrayList<>();
        addSettings(config, "", origins, settings);
        return List.copyOf(settings);
    }

    /** The config as YAML, every key written out. */
    static String yaml(Record config) {
        return yaml(config, Map.of());
    }

    /** @param comments by dotted key of a value: one line, to stand behind it */
    static String yaml(Record config, Map<String, String> comments) {
        StringBuilder out = new StringBuilder();
        appendBlock(config, "", 0, false, comments, out);
        return out.toString();
    }

    private static void addSettings(Record block, String path, Map<String, Origin> origins, List<Setting> settings) {
        for (Field field : Schema.of(block.getClass()).fields()) {
            String key = path.isEmpty() ? field.key() : path + "." + field.key();
            switch (field.read(block)) {
                case Record inner -> addSettings(inner, key, origins, settings);
                case List<?> items
                when !items.isEmpty() -> {
                    for (int i = 0; i < items.size(); i++) {
                        addSettings((Record) items.get(i), key + "." + i, origins, settings);
                    }
                }
                case Object value ->
                    settings.add(new Setting(
                            key,
                            scalar(value),
                            origins.getOrDefault(key, Origin.DEFAULT).brief(),
                            field.description()));
            }
        }
    }

    private static void appendBlock(
            Record block, String path, int indent, boolean inItem, Map<String, String> comments, StringBuilder out) {
        boolean afterDash = inItem;
        for (Field field : Schema.of(block.getClass()).fields()) {
            String key = path.isEmpty() ? field.key() : path + "." + field.key();
            out.repeat(' ', afterDash ? 0 : indent).append(field.key()).append(':');
            afterDash = false;
            switch (field.read(block)) {
                case Record inner -> appendBlock(inner, key, indent + 2, false, comments, out.append('\n'));
                case List<?> items
                when !items.isEmpty() -> {
                    out.append('\n');
                    for (Object item : items) {
                        out.repeat(' ', indent + 2).append("- ");
                        appendBlock((Record) item, key, indent + 4, true, comments, out);
                    }
                }
                case Object value -> {
                    out.append(' ').append(scalar(value));
                    Optional.ofNullable(comments.get(key))
                            .ifPresent(comment -> out.append("  # ").append(comment));
                    out.append('\n');
                }
            }
        }
    }

    private static String scalar(Object value) {
        return switch (value) {
            case Double number -> ScalarConverter.yaml(number);
            case Enum<?> constant -> ScalarConverter.spelling(constant);
            case List<?> _ -> "[]";
            case Integer _, Long _, Boolean _ -> value.toString();
            default -> quoted(value.toString());
        };
    }

    /** Plain where plain is unmistakably a string, else in double quotes. */
    private static String quoted(String text) {
        boolean plain = PLAIN.matcher(text).matches() && !isWordOfCoreSchema(text);
        return plain ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** Whether the core schema reads the word as a null, a boolean or a float, or might. */
    private static boolean isWordOfCoreSchema(String text) {
        return text.matches("(?i)null|true|false|[.].*");
    }
}
