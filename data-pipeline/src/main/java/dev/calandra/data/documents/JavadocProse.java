package dev.calandra.data.documents;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The prose of a documentation comment: its description without block tags, markup and code samples, one paragraph a line.
 */
final class JavadocProse {
    private static final Pattern BLOCK_TAG = Pattern.compile("(?m)^\\s*@[a-zA-Z]");
    private static final Pattern SAMPLE = Pattern.compile("(?is)<pre\\b.*?(</pre>|\\z)");
    private static final Pattern PARAGRAPH =
            Pattern.compile("(?i)</?(p|ul|ol|li|dl|dt|dd|h[1-6]|table|tr|div|blockquote|br|hr)\\b[^>]*>");
    private static final Pattern TAG = Pattern.compile("</?[a-zA-Z][^<>]*>");
    private static final Pattern ENTITY = Pattern.compile("&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-zA-Z]{2,8});");
    private static final Map<String, String> ENTITIES = Map.of(
            "lt", "<", "gt", ">", "amp", "&", "quot", "\"", "nbsp", " ", "mdash", "—", "ndash", "–", "hellip", "…");

    private JavadocProse() {}

    /** The prose of the inside of a comment; empty when there is none. */
    static String of(String comment) {
        String text = comment.lines()
                .map(line -> line.replaceFirst("^\\s*\\*+ ?", ""))
                .collect(Collectors.joining("\n"));
        Matcher tag = BLOCK_TAG.matcher(text);
        text = tag.find() ? text.substring(0, tag.start()) : text;
        text = SAMPLE.matcher(text).replaceAll("\n\n");
        text = PARAGRAPH.matcher(text).replaceAll("\n\n");
        // Markup goes before inline tags are resolved: {@code List<String>} is text, not markup.
        text = withoutMarkup(text);
        return text.strip()
                .replaceAll("[ \\t\\u00A0]*\\n(?!\\s*\\n)\\s*", " ")
                .replaceAll("\\s*\\n\\s*\\n\\s*", "\n")
                .replaceAll("[ \\t]+", " ")
                .replaceAll("\\n ", "\n")
                .strip();
    }

    /** Resolves inline tags and removes HTML outside them. */
    private static String withoutMarkup(String text) {
        StringBuilder prose = new StringBuilder();
        int at = 0;
        for (int open = text.indexOf("{@"); open >= 0; open = text.indexOf("{@", at)) {
            int close = closingBrace(text, open);
            prose.append(plain(text.substring(at, open)));
            prose.append(resolve(text.substring(open + 2, close)));
            at = Math.min(text.length(), close + 1);
        }
        return prose.append(plain(text.substring(at))).toString();
    }

    private static int closingBrace(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            if (text.charAt(i) == '{') {
                depth++;
            } else if (text.charAt(i) == '}' && --depth == 0) {
                return i;
            }
        }
        return text.length();
    }

    /** What a reader sees of an inline tag: code and literals as they are, a link's label or else its target. */
    private static String resolve(String tag) {
        String[] parts = tag.strip().split("\\s+", 2);
        String content = parts.length > 1 ? parts[1].strip() : "";
        return switch (parts[0]) {
            case "code", "literal", "index", "summary" -> content;
            case "return" -> "Returns " + withoutMarkup(content) + ".";
            case "link", "linkplain" -> label(content);
            default -> "";
        };
    }

    private static String label(String link) {
        int depth = 0;
        for (int i = 0; i < link.length(); i++) {
            char c = link.charAt(i);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (Character.isWhitespace(c) && depth == 0) {
                return plain(link.substring(i + 1).strip());
            }
        }
        String target = link.startsWith("#") ? link.substring(1) : link;
        return target.replace('#', '.');
    }

    private static String plain(String html) {
        String text = TAG.matcher(html).replaceAll("");
        return ENTITY.matcher(text).replaceAll(entity -> Matcher.quoteReplacement(decode(entity.group(1))));
    }

    private static String decode(String entity) {
        if (!entity.startsWith("#")) {
            return ENTITIES.getOrDefault(entity, "&" + entity + ";");
        }
        int codePoint = entity.startsWith("#x")
                ? Integer.parseInt(entity.substring(2), 16)
                : Integer.parseInt(entity.substring(1));
        return Character.isValidCodePoint(codePoint) ? Character.toString(codePoint) : "";
    }
}
