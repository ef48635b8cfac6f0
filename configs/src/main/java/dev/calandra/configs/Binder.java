package dev.calandra.configs;

import dev.calandra.configs.RejectedRecordException.Violation;
import dev.calandra.configs.Schema.Field;
import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Refused;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import dev.calandra.configs.ValueTree.Sequence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Fills records from a {@link ValueTree}, collecting every problem.
 *
 * <p>The rules stand in the record constructors alone. When some component could not be read, the constructor is still
 * called, with a stand-in for it, so that the rules over the other components are reported too; complaints that involve
 * a stand-in are dropped.
 */
final class Binder {
    private final Class<? extends Record> rootType;
    private final List<Problem> problems;
    private final String path;
    private final Map<String, Origin> origins = new HashMap<>();

    /**
     * @param problems receives what is wrong
     */
    Binder(Class<? extends Record> rootType, List<Problem> problems) {
        this(rootType, problems, "");
    }

    /** @param path key of the block that is filled, for messages */
    Binder(Class<? extends Record> rootType, List<Problem> problems, String path) {
        this.rootType = rootType;
        this.problems = problems;
        this.path = path;
    }

    /** The filled record; empty if anything at all was wrong with it. */
    Optional<Record> bind(Mapping root) {
        return block(rootType, root, path);
    }

    /** Where each key that was written, or has a default, came from; by dotted key. */
    Map<String, Origin> origins() {
        return Map.copyOf(origins);
    }

    private Optional<Record> block(Class<? extends Record> type, Mapping tree, String path) {
        origins.put(path, tree.origin());
        Schema schema = Schema.of(type);
        Set<String> excused = reportUnknown(schema, tree, path);
        Map<String, Object> values = new LinkedHashMap<>();
        Set<String> unreadable = new TreeSet<>();
        for (Field field : schema.fields()) {
            Optional<?> value = field(field, tree, path, excused);
            if (value.isEmpty()) {
                unreadable.add(field.key());
            }
            values.put(field.key(), value.isPresent() ? value.get() : standIn(field.type()));
        }
        try {
            Record record = schema.construct(values.values().toArray());
            return unreadable.isEmpty() ? Optional.of(record) : Optional.empty();
        } catch (RejectedRecordException e) {
            e.violations().stream()
                    .filter(violation -> restsOnRead(violation, unreadable))
                    .forEach(violation -> report(child(path, violation.keys().getFirst()), violation.message()));
            return Optional.empty();
        }
    }

    private static boolean restsOnRead(Violation violation, Set<String> unreadable) {
        return violation.keys().stream().noneMatch(key -> unreadable.contains(key.split("\\.")[0]));
    }

    /** Points at the key or, where nobody wrote it, at the nearest block around it that somebody did write. */
    private void report(String key, String message) {
        String place = key;
        while (!place.isEmpty() && origins.getOrDefault(place, Origin.DEFAULT).equals(Origin.DEFAULT)) {
            place = place.substring(0, Math.max(0, place.lastIndexOf('.')));
        }
        problems.add(origins.get(place).problem(key, message));
    }

    private Optional<?> field(Field field, Mapping block, String path, Set<String> excused) {
        String key = child(path, field.key());
        ValueTree written = block.entries().get(field.key());
        if (written != null) {
            return value(field, written, key);
        }
        if (field.isRequired()) {
            if (!excused.contains(field.key())) {
                String kind = field.isBlock() ? "missing block" : "missing";
                problems.add(block.origin().problem(key, "%s; required: %s".formatted(kind, field.description())));
            }
            return Optional.empty();
        }
        ValueTree absent = field.defaultValue()
                .flatMap(text -> YamlReader.read(text, Origin.DEFAULT, key, problems))
                .orElseGet(() -> new Mapping(new LinkedHashMap<>(), Origin.DEFAULT));
        return value(field, absent, key);
    }

    private Optional<?> value(Field field, ValueTree tree, String key) {
        origins.put(key, tree.origin());
        if (tree instanceof Refused) {
            return Optional.empty();
        }
        if (tree instanceof Scalar scalar && scalar.type() == ScalarType.NULL) {
            problems.add(tree.origin().problem(key, "no value; write one or remove the key" + orDefault(field)));
            return Optional.empty();
        }
        if (field.isBlock()) {
            return blockValue(field.blockType(), tree, key);
        }
        if (field.itemType().isPresent()) {
            return list(field.itemType().get(), tree, key);
        }
        return switch (tree instanceof Scalar scalar
                ? ScalarConverter.convert(field.type(), scalar)
                : ScalarConverter.mismatch(field.type(), tree)) {
            case ScalarConverter.Value(Object value) -> Optional.of(value);
            case ScalarConverter.Wrong(String message) -> {
                problems.add(tree.origin().problem(key, message));
                yield Optional.empty();
            }
        };
    }

    private static String orDefault(Field field) {
        return field.defaultValue()
                .map(text -> " for the default (" + text + ")")
                .orElse("");
    }

    private Optional<Record> blockValue(Class<? extends Record> type, ValueTree tree, String key) {
        if (tree instanceof Mapping mapping) {
            return block(type, mapping, key);
        }
        problems.add(tree.origin()
                .problem(key, "not a block (%s); write its keys below it, indented".formatted(tree.shown())));
        return Optional.empty();
    }

    private Optional<List<Record>> list(Class<? extends Record> itemType, ValueTree tree, String key) {
        if (!(tree instanceof Sequence sequence)) {
            problems.add(tree.origin()
                    .problem(key, "not a list (%s); write each item below it, after '- '".formatted(tree.shown())));
            return Optional.empty();
        }
        List<Record> items = new ArrayList<>();
        for (int i = 0; i < sequence.items().size(); i++) {
            blockValue(itemType, sequence.items().get(i), child(key, String.valueOf(i)))
                    .ifPresent(items::add);
        }
        return items.size() == sequence.items().size() ? Optional.of(items) : Optional.empty();
    }

    /** Reports keys that the block does not have; returns those that they were probably meant to be. */
    private Set<String> reportUnknown(Schema schema, Mapping block, String path) {
        Set<String> meant = new TreeSet<>();
        block.entries().forEach((name, value) -> {
            if (schema.keys().contains(name)) {
                return;
            }
            List<String> near = Suggestions.nearest(name, schema.keys());
            meant.addAll(near);
            String shown = new Scalar(name, ScalarType.STRING, value.origin()).shown();
            problems.add(value.origin().problem(child(path, shown), "unknown key; " + advice(name, near, schema)));
        });
        return meant;
    }

    private String advice(String name, List<String> near, Schema schema) {
        if (!near.isEmpty()) {
            return "did you mean " + String.join(" or ", near) + "?";
        }
        List<String> elsewhere = pathsTo(name, rootType, "");
        return elsewhere.isEmpty()
                ? "known here: " + String.join(", ", schema.keys())
                : "did you mean " + String.join(" or ", elsewhere) + "?";
    }

    private static List<String> pathsTo(String name, Class<? extends Record> type, String path) {
        List<String> found = new ArrayList<>();
        for (Field field : Schema.of(type).fields()) {
            String key = child(path, field.key());
            if (field.key().equals(name)) {
                found.add(key);
            }
            if (field.isBlock()) {
                found.addAll(pathsTo(name, field.blockType(), key));
            }
        }
        return found;
    }

    /** Any value of the type: no rule that could see it is reported. */
    private static Object standIn(Class<?> type) {
        if (type == int.class) {
            return 1;
        } else if (type == long.class) {
            return 1L;
        } else if (type == double.class) {
            return 1.0;
        } else if (type == boolean.class) {
            return false;
        }
        return null;
    }

    private static String child(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
