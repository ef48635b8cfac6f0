package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import dev.calandra.configs.ValueTree.Sequence;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Values evenly spaced or drawn in the logarithm. A range between two integers gives integers; others are rounded to four
 * digits, so that the value in a table is the value in the run.
 */
final class LogSpace {
    private static final MathContext DIGITS = new MathContext(4);
    private static final List<String> KEYS = List.of("from", "to", "points");
    private static final int MAX_VALUES = 1000;

    private final Scalar low;
    private final Scalar high;

    private LogSpace(Scalar low, Scalar high) {
        this.low = low;
        this.high = high;
    }

    /** The values of {@code {from: LOW, to: HIGH, points: N}}; empty after a problem. */
    static List<ValueTree> of(Mapping range, String path, List<Problem> problems) {
        boolean complete =
                range.entries().keySet().containsAll(KEYS) && range.entries().size() == KEYS.size();
        Optional<LogSpace> space =
                complete ? between(range.entries().get("from"), range.entries().get("to")) : Optional.empty();
        int points = complete ? points(range.entries().get("points")) : 0;
        if (space.isEmpty() || points == 0) {
            problems.add(range.origin()
                    .problem(
                            path,
                            "not a range; write {from: LOW, to: HIGH, points: N} with 0 < LOW < HIGH and N from 2 to "
                                    + MAX_VALUES));
            return List.of();
        }
        List<ValueTree> values = new ArrayList<>();
        for (int i = 0; i < points; i++) {
            Scalar value = space.get().at(i / (points - 1.0), range.origin());
            // Integers close together round to the same one.
            if (values.isEmpty() || !((Scalar) values.getLast()).text().equals(value.text())) {
                values.add(value);
            }
        }
        return values;
    }

    /**
     * Points drawn at random.
     *
     * @param ranges by key: {@code [LOW, HIGH]}
     * @param seed equal seeds, ranges and counts give equal points
     */
    static List<List<SweepSetting>> draws(
            SequencedMap<String, ValueTree> ranges, int count, long seed, List<Problem> problems) {
        Map<String, LogSpace> spaces = new LinkedHashMap<>();
        ranges.forEach((key, value) -> {
            Optional<LogSpace> space =
                    value instanceof Sequence pair && pair.items().size() == 2
                            ? between(pair.items().getFirst(), pair.items().getLast())
                            : Optional.empty();
            space.ifPresentOrElse(
                    found -> spaces.put(key, found),
                    () -> problems.add(value.origin()
                            .problem("log_random." + key, "not a range; write [LOW, HIGH] with 0 < LOW < HIGH")));
        });
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        List<List<SweepSetting>> points = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<SweepSetting> point = new ArrayList<>();
            spaces.forEach((key, space) -> point.add(new SweepSetting(
                    key, space.at(random.nextDouble(), ranges.get(key).origin()))));
            points.add(point);
        }
        return points;
    }

    private static Optional<LogSpace> between(ValueTree low, ValueTree high) {
        return low instanceof Scalar from && high instanceof Scalar to && number(from) > 0 && number(to) > number(from)
                ? Optional.of(new LogSpace(from, to))
                : Optional.empty();
    }

    private static double number(Scalar scalar) {
        return ScalarConverter.convert(double.class, scalar) instanceof ScalarConverter.Value(Object value)
                ? (Double) value
                : 0;
    }

    private static int points(ValueTree value) {
        double points = value instanceof Scalar scalar && scalar.type() == ScalarType.INTEGER ? number(scalar) : 0;
        return points >= 2 && points <= MAX_VALUES ? (int) points : 0;
    }

    /** @param share of the way from low to high, in the logarithm */
    private Scalar at(double share, Origin origin) {
        double from = number(low);
        double value = from * Math.pow(number(high) / from, share);
        if (low.type() == ScalarType.INTEGER && high.type() == ScalarType.INTEGER) {
            return new Scalar(Long.toString(Math.round(value)), ScalarType.INTEGER, origin);
        }
        double rounded = new BigDecimal(value).round(DIGITS).doubleValue();
        return new Scalar(ScalarConverter.yaml(rounded), ScalarType.FLOAT, origin);
    }
}
