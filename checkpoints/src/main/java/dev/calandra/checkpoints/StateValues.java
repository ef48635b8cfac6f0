package dev.calandra.checkpoints;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings the state of a run into the form in which it will be read back, or refuses it at the time of the save: integers become Long,
 * floating-point numbers Double, so that what is loaded equals what was saved.
 */
final class StateValues {
    private static final int MAX_DEPTH = 12;

    private StateValues() {}

    /** @throws IllegalArgumentException naming the key of a value that JSON cannot hold */
    static Map<String, Object> normalised(Map<String, ?> state) {
        return map("state", state, 0);
    }

    private static Map<String, Object> map(String key, Map<?, ?> values, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException(key + " is nested deeper than " + MAX_DEPTH);
        }
        Map<String, Object> result = new LinkedHashMap<>();
        values.forEach((name, value) -> {
            if (!(name instanceof String text)) {
                throw new IllegalArgumentException(key + " has the key " + name + ", which is not a string");
            }
            result.put(text, value(key + "." + text, value, depth));
        });
        return result;
    }

    private static Object value(String key, Object value, int depth) {
        return switch (value) {
            case String text -> text;
            case Boolean flag -> flag;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Double number when Double.isFinite(number) -> number;
            case Float number when Float.isFinite(number) -> number.doubleValue();
            case Map<?, ?> map -> map(key, map, depth + 1);
            case List<?> list -> list(key, list, depth + 1);
            case null -> throw new IllegalArgumentException(key + " is null; leave the key out");
            default ->
                throw new IllegalArgumentException(
                        key + " is " + value + " (" + value.getClass().getSimpleName()
                                + "); use strings, booleans, longs, finite doubles, lists and maps");
        };
    }

    private static List<Object> list(String key, List<?> values, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException(key + " is nested deeper than " + MAX_DEPTH);
        }
        List<Object> result = new ArrayList<>(values.size());
        for (Object value : values) {
            result.add(value(key + "[" + result.size() + "]", value, depth));
        }
        return result;
    }
}
