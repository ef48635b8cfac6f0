package dev.calandra.data.documents;

import dev.calandra.data.shards.Fingerprint;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;

/**
 * Which fields of a record, or columns of a table, a document is made of.
 *
 * @param text name of the text, which every record must have
 * @param id name of the id; a record without one is identified by a hash of its text
 * @param lossStart names under which the position is looked for from which on the text is to be learnt, the first that is there counts; in
 *     characters (Unicode code points, as Python counts them)
 */
public record Fields(String text, String id, List<String> lossStart) {
    /** {@code text}, {@code id}, and {@code loss_start} or {@code solution_start}. */
    public static final Fields DEFAULT = new Fields("text", "id", List.of("loss_start", "solution_start"));

    public Fields {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(id, "id");
        lossStart = List.copyOf(lossStart);
    }

    /**
     * Makes a document of a record.
     *
     * @param field value of a field: a string, a number, anything else, or null where there is none
     * @throws IllegalArgumentException saying what is wrong with the record
     */
    Document document(Function<String, Object> field) {
        if (!(field.apply(text) instanceof String value) || value.isEmpty()) {
            throw new IllegalArgumentException("field '" + text + "' is missing, empty or not a string");
        }
        return new Document(id(field.apply(id), value), value, lossStart(field, value));
    }

    private static String id(Object id, String text) {
        return id instanceof String || id instanceof Number || id instanceof Boolean
                ? id.toString()
                : Long.toHexString(Fingerprint.first64(text));
    }

    private int lossStart(Function<String, Object> field, String text) {
        Object start = lossStart.stream()
                .map(field)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(0);
        boolean whole = start instanceof Integer || start instanceof Long || start instanceof Short;
        long position = whole ? ((Number) start).longValue() : -1;
        if (position == 0) {
            return 0;
        }
        int characters = text.codePointCount(0, text.length());
        if (position < 0 || position > characters) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "loss_start %s is not a position in a text of %d characters", start, characters));
        }
        return text.offsetByCodePoints(0, (int) position);
    }
}
