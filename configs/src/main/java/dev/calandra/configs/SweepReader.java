package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Refused;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import dev.calandra.configs.ValueTree.Sequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Reads the blocks of a sweep file:
 *
 * <pre>
 *   base: configs/pico.yaml            the config that all runs start from
 *   directory: runs/sweep              where runs and records go
 *   threads_per_run: 1
 *   seed: 0                            of log_random
 *   set: {KEY: VALUE}                  for every run
 *   shapes: {NAME: {KEY: VALUE}}       bundles of keys, chosen by the key `shape`
 *   grid: {KEY: [VALUE, VALUE]}        every combination; or KEY: {from: 1e-3, to: 1e-1, points: 5}, evenly spaced in the logarithm
 *   list: [{KEY: VALUE}]               with every combination of the grid, each of these
 *   log_random: {count: 8, KEY: [LOW, HIGH]}   and each of these, drawn evenly in the logarithm
 *   early_stop: {after: 0.4, margin: 0.1}
 * </pre>
 *
 * <p>KEY is a config key such as {@code optimizer.learning_rate}, {@code shape}, or {@code derive.NAME}.
 */
final class SweepReader {
    private static final List<String> KEYS = List.of(
            "base",
            "directory",
            "threads_per_run",
            "seed",
            "set",
            "shapes",
            "grid",
            "list",
            "log_random",
            "early_stop");
    private static final String COUNT = "count";
    private static final String THREADS = "threads_per_run";
    private static final int MAX_THREADS = 1024;

    private final Path file;
    private final List<Problem> problems = new ArrayList<>();

    SweepReader(Path file) {
        this.file = file;
    }

    SweepFile read() {
        Mapping root = Configs.readBlock(
                Configs.text(file), file.toString(), "a sweep needs base, directory and what to vary", problems);
        root.entries().forEach((name, value) -> {
            if (!KEYS.contains(name)) {
                List<String> near = Suggestions.nearest(name, KEYS);
                problems.add(value.origin()
                        .problem(
                                name,
                                near.isEmpty()
                                        ? "unknown key; known here: " + String.join(", ", KEYS)
                                        : "unknown key; did you mean " + String.join(" or ", near) + "?"));
            }
        });
        String base = text(root, "base");
        String directory = text(root, "directory");
        long seed = root.entries().containsKey("seed") ? number(root, "seed") : 0;
        long threads = root.entries().containsKey(THREADS) ? number(root, THREADS) : 1;
        if (threads < 1 || threads > MAX_THREADS) {
            problems.add(root.entries()
                    .get(THREADS)
                    .origin()
                    .problem(THREADS, "out of range (%d); must be 1 to %d".formatted(threads, MAX_THREADS)));
        }
        Optional<EarlyStopConfig> earlyStop = earlyStop(root);
        SweepAxes axes = new SweepAxes(
                settings(block(root, "set"), "set"), shapes(root), grid(root), list(root), draws(root, seed), problems);
        throwIfAny();
        List<SweepPoint> points = axes.points(Path.of(base));
        throwIfAny();
        return new SweepFile(file, directory, (int) threads, earlyStop, points);
    }

    private void throwIfAny() {
        if (!problems.isEmpty()) {
            throw Configs.rejected(problems);
        }
    }

    private String text(Mapping root, String key) {
        return switch (root.entries().get(key)) {
            case Scalar scalar
            when scalar.type() == ScalarType.STRING && !scalar.text().isBlank() -> scalar.text();
            case null -> {
                problems.add(root.origin().problem(key, "missing; a sweep needs it"));
                yield "";
            }
            case ValueTree other -> {
                problems.add(other.origin().problem(key, "not a path (%s); write a string".formatted(other.shown())));
                yield "";
            }
        };
    }

    private long number(Mapping root, String key) {
        ValueTree value = root.entries().get(key);
        if (value instanceof Scalar scalar
                && ScalarConverter.convert(long.class, scalar) instanceof ScalarConverter.Value(Object whole)) {
            return (Long) whole;
        }
        problems.add(value.origin().problem(key, "not an integer (%s); write one".formatted(value.shown())));
        return 0;
    }

    private Optional<EarlyStopConfig> earlyStop(Mapping root) {
        if (!root.entries().containsKey("early_stop")) {
            return Optional.empty();
        }
        return new Binder(EarlyStopConfig.class, problems, "early_stop")
                .bind(block(root, "early_stop"))
                .map(EarlyStopConfig.class::cast);
    }

    private Mapping block(Mapping parent, String key) {
        return switch (parent.entries().get(key)) {
            case Mapping mapping -> mapping;
            case null -> new Mapping(new LinkedHashMap<>(), parent.origin());
            case ValueTree other -> {
                problems.add(other.origin()
                        .problem(key, "not a block (%s); write keys and values below it".formatted(other.shown())));
                yield new Mapping(new LinkedHashMap<>(), other.origin());
            }
        };
    }

    private SequencedMap<String, SweepSetting> settings(Mapping block, String path) {
        SequencedMap<String, SweepSetting> settings = new LinkedHashMap<>();
        block.entries().forEach((key, value) -> {
            if (accepted(key, value, path)) {
                settings.put(key, new SweepSetting(key, value));
            }
        });
        return settings;
    }

    /** Whether a key may have such a value, as far as can be told before the config is bound. */
    private boolean accepted(String key, ValueTree value, String path) {
        if (value instanceof Refused) {
            return false;
        }
        if (!key.startsWith(SweepPoint.DERIVED)) {
            return true;
        }
        boolean positive = value instanceof Scalar scalar
                && ScalarConverter.convert(double.class, scalar) instanceof ScalarConverter.Value(Object number)
                && (Double) number > 0;
        if (!positive) {
            problems.add(value.origin()
                    .problem(path + "." + key, "not a number above 0 (%s); write one".formatted(value.shown())));
        }
        return positive;
    }

    private Map<String, SequencedMap<String, SweepSetting>> shapes(Mapping root) {
        Map<String, SequencedMap<String, SweepSetting>> shapes = new LinkedHashMap<>();
        Mapping block = block(root, "shapes");
        block.entries().keySet().forEach(name -> shapes.put(name, settings(block(block, name), "shapes." + name)));
        return shapes;
    }

    private List<List<SweepSetting>> grid(Mapping root) {
        List<List<SweepSetting>> axes = new ArrayList<>();
        block(root, "grid").entries().forEach((key, value) -> {
            List<ValueTree> values = switch (value) {
                case Sequence sequence -> sequence.items();
                case Mapping range -> LogSpace.of(range, "grid." + key, problems);
                default -> List.of();
            };
            if (values.isEmpty() && !(value instanceof Mapping)) {
                problems.add(value.origin()
                        .problem("grid." + key, "no values (%s); write a list of them".formatted(value.shown())));
            }
            axes.add(values.stream()
                    .filter(item -> accepted(key, item, "grid"))
                    .map(item -> new SweepSetting(key, item))
                    .toList());
        });
        return axes;
    }

    private List<List<SweepSetting>> list(Mapping root) {
        ValueTree list = root.entries().get("list");
        if (list == null) {
            return List.of(List.of());
        }
        if (!(list instanceof Sequence sequence) || sequence.items().isEmpty()) {
            problems.add(list.origin().problem("list", "not a list of blocks (%s)".formatted(list.shown())));
            return List.of(List.of());
        }
        List<List<SweepSetting>> items = new ArrayList<>();
        for (ValueTree item : sequence.items()) {
            String path = "list." + items.size();
            if (item instanceof Mapping mapping) {
                items.add(List.copyOf(settings(mapping, path).values()));
            } else {
                problems.add(
                        item.origin().problem(path, "not a block (%s); write {KEY: VALUE}".formatted(item.shown())));
            }
        }
        return items;
    }

    private List<List<SweepSetting>> draws(Mapping root, long seed) {
        Mapping block = block(root, "log_random");
        if (block.entries().isEmpty()) {
            return List.of(List.of());
        }
        long count = block.entries().containsKey(COUNT) ? number(block, COUNT) : 0;
        if (count < 1 || count > SweepAxes.MAX_POINTS) {
            problems.add(block.origin()
                    .problem(
                            "log_random.count",
                            "missing or out of range (%d); write how many points to draw, 1 to %d"
                                    .formatted(count, SweepAxes.MAX_POINTS)));
            return List.of(List.of());
        }
        SequencedMap<String, ValueTree> ranges = new LinkedHashMap<>(block.entries());
        ranges.remove(COUNT);
        return LogSpace.draws(ranges, (int) count, seed, problems);
    }
}
