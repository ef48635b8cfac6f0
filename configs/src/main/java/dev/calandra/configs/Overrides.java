package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Refused;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.Sequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Applies {@code --set key=value} to a parsed config. The value is YAML, so {@code data.mixture=[{at: 0, reasoning: 0.4}]}
 * works. An item of a list is addressed by its number from 0, or by its {@code name}. Later settings win.
 */
final class Overrides {
    private final List<Problem> problems;

    /**
     * @param problems receives what is wrong
     */
    Overrides(List<Problem> problems) {
        this.problems = problems;
    }

    /** The tree with every setting applied that could be. */
    Mapping apply(Mapping root, List<String> settings) {
        Mapping result = root;
        for (String setting : settings) {
            result = apply(result, setting);
        }
        return result;
    }

    private Mapping apply(Mapping root, String setting) {
        int equals = setting.indexOf('=');
        String key = equals < 0 ? setting.strip() : setting.substring(0, equals).strip();
        List<String> path = List.of(key.split("\\.", -1));
        if (equals < 0 || path.stream().anyMatch(String::isBlank)) {
            problems.add(Origin.OVERRIDE.problem(
                    "", "not a setting (%s); write key=value, such as run.steps=100".formatted(setting)));
            return root;
        }
        int before = problems.size();
        Optional<ValueTree> value = YamlReader.read(setting.substring(equals + 1), Origin.OVERRIDE, key, problems);
        if (value.isEmpty() && problems.size() == before) {
            problems.add(Origin.OVERRIDE.problem(key, "no value; write one after '='"));
        }
        return value.map(tree -> (Mapping) replace(root, path, 0, tree)).orElse(root);
    }

    /** The tree with one key set to a value that was read elsewhere; what is wrong is reported at the value's own place. */
    Mapping apply(Mapping root, String key, ValueTree value) {
        return (Mapping) replace(root, List.of(key.split("\\.", -1)), 0, value);
    }

    /** A copy of the node in which what the path from {@code depth} on leads to is the value. */
    private ValueTree replace(ValueTree node, List<String> path, int depth, ValueTree value) {
        if (depth == path.size()) {
            return value;
        }
        return switch (node) {
            case Mapping mapping -> replaceEntry(mapping, path, depth, value);
            case Sequence sequence -> replaceItem(sequence, path, depth, value);
            case Scalar scalar -> {
                problems.add(value.origin()
                        .problem(
                                String.join(".", path),
                                "nothing to set inside %s, which is a value (%s)"
                                        .formatted(String.join(".", path.subList(0, depth)), scalar.shown())));
                yield node;
            }
            case Refused _ -> node;
        };
    }

    private Mapping replaceEntry(Mapping mapping, List<String> path, int depth, ValueTree value) {
        SequencedMap<String, ValueTree> entries = new LinkedHashMap<>(mapping.entries());
        ValueTree old = entries.getOrDefault(path.get(depth), new Mapping(new LinkedHashMap<>(), value.origin()));
        entries.put(path.get(depth), replace(old, path, depth + 1, value));
        return new Mapping(entries, mapping.origin());
    }

    private Sequence replaceItem(Sequence sequence, List<String> path, int depth, ValueTree value) {
        int index = indexOf(sequence, path.get(depth));
        if (index < 0) {
            problems.add(value.origin()
                    .problem(
                            String.join(".", path),
                            "no item %s in %s; there are %s"
                                    .formatted(
                                            path.get(depth),
                                            String.join(".", path.subList(0, depth)),
                                            addresses(sequence))));
            return sequence;
        }
        List<ValueTree> items = new ArrayList<>(sequence.items());
        items.set(index, replace(items.get(index), path, depth + 1, value));
        return new Sequence(items, sequence.origin());
    }

    private static int indexOf(Sequence sequence, String address) {
        for (int i = 0; i < sequence.items().size(); i++) {
            boolean named =
                    nameOf(sequence.items().get(i)).filter(address::equals).isPresent();
            if (named || address.equals(String.valueOf(i))) {
                return i;
            }
        }
        return -1;
    }

    private static String addresses(Sequence sequence) {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < sequence.items().size(); i++) {
            addresses.add(i
                    + nameOf(sequence.items().get(i))
                            .map(name -> " (" + name + ")")
                            .orElse(""));
        }
        return addresses.isEmpty() ? "none" : String.join(", ", addresses);
    }

    private static Optional<String> nameOf(ValueTree item) {
        return item instanceof Mapping mapping && mapping.entries().get("name") instanceof Scalar name
                ? Optional.of(name.text())
                : Optional.empty();
    }
}
