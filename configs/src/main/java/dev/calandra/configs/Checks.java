package dev.calandra.configs;

import dev.calandra.configs.RejectedRecordException.Violation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Collects what is wrong with the components of one record, so that a constructor reports all of it at once. A rule over
 * several keys is skipped when one of them has already failed: its complaint would only repeat the first.
 */
final class Checks {
    private final List<Violation> violations = new ArrayList<>();

    /** The value is there at all. */
    void present(String key, Object value) {
        if (value == null) {
            add("missing; a value is required", key);
        }
    }

    void notBlank(String key, String value) {
        if (value == null || value.isBlank()) {
            add("empty; must not be blank", key);
        }
    }

    void atLeast(String key, long value, long minimum) {
        if (value < minimum) {
            add("too small (%d); must be at least %d".formatted(value, minimum), key);
        }
    }

    void between(String key, long value, long minimum, long maximum) {
        atLeast(key, value, minimum);
        if (value > maximum && value >= minimum) {
            add("too large (%d); must be at most %d".formatted(value, maximum), key);
        }
    }

    void positive(String key, double value) {
        if (finite(key, value) && value <= 0) {
            add("not positive (%s); must be greater than 0".formatted(value), key);
        }
    }

    void notNegative(String key, double value) {
        if (finite(key, value) && value < 0) {
            add("negative (%s); must be at least 0".formatted(value), key);
        }
    }

    /** A share: 0 to 1, both included. */
    void share(String key, double value) {
        if (finite(key, value) && (value < 0 || value > 1)) {
            add("not a share (%s); must be between 0 and 1".formatted(value), key);
        }
    }

    /** A decay rate: 0 to 1, without 1. */
    void decayRate(String key, double value) {
        if (finite(key, value) && (value < 0 || value >= 1)) {
            add("out of range (%s); must be at least 0 and less than 1".formatted(value), key);
        }
    }

    /** Positions of a schedule's points: the first at 0, each after the one before it. */
    void points(String key, List<Double> at) {
        for (int i = 0; i < at.size(); i++) {
            double own = at.get(i);
            double previous = i == 0 ? -1 : at.get(i - 1);
            String place = key + "." + i + ".at";
            if (i == 0) {
                rule(() -> own == 0, () -> "not the start (%s); the first point must be at 0".formatted(own), place);
            } else {
                rule(
                        () -> own > previous,
                        () -> "not after the point before it (%s after %s); points must be sorted and distinct"
                                .formatted(own, previous),
                        place);
            }
        }
    }

    /**
     * A rule over one or more keys, asked only when none of them has failed so far.
     *
     * @param message evaluated only when the rule is broken
     * @param keys the key to complain about, then the others that the rule looks at
     */
    void rule(BooleanSupplier holds, Supplier<String> message, String... keys) {
        boolean sound = Arrays.stream(keys).noneMatch(this::failed);
        if (sound && !holds.getAsBoolean()) {
            add(message.get(), keys);
        }
    }

    /** Throws if anything was found. */
    void throwIfAny() {
        if (!violations.isEmpty()) {
            throw new RejectedRecordException(violations);
        }
    }

    private boolean finite(String key, double value) {
        if (!Double.isFinite(value)) {
            add("not a finite number (%s)".formatted(value), key);
        }
        return Double.isFinite(value);
    }

    private boolean failed(String key) {
        return violations.stream()
                .map(violation -> violation.keys().getFirst())
                .anyMatch(other -> key.equals(other) || key.startsWith(other + "."));
    }

    private void add(String message, String... keys) {
        violations.add(new Violation(List.of(keys), message));
    }
}
