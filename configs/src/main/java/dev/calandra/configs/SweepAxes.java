package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Scalar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What a sweep varies, and the points that follow: every combination of the grid, with each item of the list, with each draw.
 * The last axis of the grid turns fastest, then the list, then the draws.
 *
 * @param common settings of every run; a shape, and then what is varied, wins over them
 * @param shapes by name: bundles of settings
 * @param grid for each axis its values
 * @param list alternatives; one empty one where there is no list
 * @param draws alternatives; one empty one where nothing is drawn
 */
record SweepAxes(
        SequencedMap<String, SweepSetting> common,
        Map<String, SequencedMap<String, SweepSetting>> shapes,
        List<List<SweepSetting>> grid,
        List<List<SweepSetting>> list,
        List<List<SweepSetting>> draws,
        List<Problem> problems) {
    /** More than anybody runs; a slip of the keyboard is caught before it fills the memory. */
    static final int MAX_POINTS = 10_000;

    private static final String SHAPE = "shape";

    List<SweepPoint> points(Path base) {
        double count = (double) list.size() * draws.size();
        for (List<SweepSetting> axis : grid) {
            count *= axis.size();
        }
        if (count > MAX_POINTS) {
            problems.add(new Problem("", 0, "grid", "%.0f runs; a sweep has at most %d".formatted(count, MAX_POINTS)));
            return List.of();
        }
        List<List<SweepSetting>> combinations = List.of(List.of());
        for (List<SweepSetting> axis : grid) {
            combinations = product(combinations, axis.stream().map(List::of).toList());
        }
        combinations = product(product(combinations, list), draws);
        return combinations.stream().map(varied -> point(base, varied)).toList();
    }

    private static List<List<SweepSetting>> product(List<List<SweepSetting>> left, List<List<SweepSetting>> right) {
        List<List<SweepSetting>> product = new ArrayList<>();
        for (List<SweepSetting> first : left) {
            for (List<SweepSetting> second : right) {
                List<SweepSetting> both = new ArrayList<>(first);
                both.addAll(second);
                product.add(both);
            }
        }
        return product;
    }

    private SweepPoint point(Path base, List<SweepSetting> varied) {
        SequencedMap<String, SweepSetting> settings = new LinkedHashMap<>();
        common.values().forEach(setting -> put(settings, setting));
        Set<String> seen = new LinkedHashSet<>();
        SequencedMap<String, String> shown = new LinkedHashMap<>();
        for (SweepSetting setting : varied) {
            if (!seen.add(setting.key())) {
                report(setting, "varied twice; keep it in one of grid, list and log_random");
            }
            shown.put(setting.key(), setting.value() instanceof Scalar scalar ? scalar.text() : "...");
        }
        // A shape first, so that a key beside it wins over the shape's own.
        varied.stream().filter(setting -> setting.key().equals(SHAPE)).forEach(setting -> put(settings, setting));
        varied.stream().filter(setting -> !setting.key().equals(SHAPE)).forEach(setting -> put(settings, setting));
        return new SweepPoint(base, settings, shown);
    }

    private void put(SequencedMap<String, SweepSetting> settings, SweepSetting setting) {
        if (!setting.key().equals(SHAPE)) {
            settings.putLast(setting.key(), setting);
            return;
        }
        SequencedMap<String, SweepSetting> shape =
                setting.value() instanceof Scalar name ? shapes.get(name.text()) : null;
        if (shape == null) {
            report(
                    setting,
                    "no shape %s; shapes has %s"
                            .formatted(
                                    setting.value().shown(),
                                    shapes.isEmpty() ? "none" : String.join(", ", shapes.keySet())));
            return;
        }
        shape.forEach(settings::putLast);
    }

    /** Once for each place: many points come by the same one. */
    private void report(SweepSetting setting, String message) {
        Problem problem = setting.value().origin().problem(setting.key(), message);
        if (!problems.contains(problem)) {
            problems.add(problem);
        }
    }
}
