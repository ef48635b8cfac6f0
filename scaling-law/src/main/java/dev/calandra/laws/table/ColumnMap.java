package dev.calandra.laws.table;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each variable of a law is computed from, as written: {@code parameters=N,tokens=flops/(6*N),loss="smooth loss"}.
 *
 * @param expressions by variable
 */
public record ColumnMap(Map<String, String> expressions) {
    public ColumnMap {
        expressions = new LinkedHashMap<>(expressions);
    }

    /**
     * Parses assignments separated by commas, outside quotes and parentheses.
     *
     * @throws dev.calandra.configs.CalandraException if a part is no assignment, or a variable is assigned twice
     */
    public static ColumnMap parse(List<String> texts) {
        Map<String, String> expressions = new LinkedHashMap<>();
        for (String text : texts) {
            for (String part : parts(text)) {
                int equals = part.indexOf('=');
                String variable = equals < 0 ? "" : part.substring(0, equals).strip();
                String expression = equals < 0 ? "" : part.substring(equals + 1).strip();
                if (!variable.matches("[A-Za-z_]\\w*") || expression.isEmpty()) {
                    throw Wrong.usage(
                            "--map: \"%s\" is not an assignment such as parameters=N".formatted(part.strip()));
                }
                if (expressions.put(variable, expression) != null) {
                    throw Wrong.usage("--map: %s is assigned twice".formatted(variable));
                }
            }
        }
        return new ColumnMap(expressions);
    }

    private static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 0;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '"' || c == '\'' || c == '`') {
                quote = c;
            } else if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
            } else if (c == ',' && depth == 0) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(text.substring(start));
        parts.removeIf(String::isBlank);
        return parts;
    }
}
