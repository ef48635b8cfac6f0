package dev.calandra.data.documents;

import java.util.ArrayList;
import java.util.List;

/**
 * A Java source file taken apart: its documentation comments on one side, everything else on the other. A small lexer that knows only what
 * can hide a comment's beginning: strings, text blocks and character literals. A comment before the first code (the licence) belongs to
 * neither side.
 */
final class JavaSource {
    private final String source;
    private final StringBuilder code = new StringBuilder();
    private final List<String> documentation = new ArrayList<>();
    private int at;

    private JavaSource(String source) {
        this.source = source;
    }

    static JavaSource parse(String source) {
        JavaSource parsed = new JavaSource(source);
        parsed.scan();
        return parsed;
    }

    /** The code and its ordinary comments; no line ends in blanks and no two empty lines follow each other. */
    String code() {
        StringBuilder tidy = new StringBuilder(code.length());
        boolean wasEmpty = true;
        for (String line : code.toString().lines().toList()) {
            String text = line.stripTrailing();
            if (!(text.isEmpty() && wasEmpty)) {
                tidy.append(text).append('\n');
            }
            wasEmpty = text.isEmpty();
        }
        return tidy.toString().stripTrailing();
    }

    /** The insides of the documentation comments, in order. */
    List<String> documentation() {
        return documentation;
    }

    private void scan() {
        while (at < source.length()) {
            if (source.startsWith("/*", at)) {
                blockComment();
            } else if (source.startsWith("//", at)) {
                copyThrough("\n", 2);
            } else if (source.startsWith("\"\"\"", at)) {
                copyThrough("\"\"\"", 3);
            } else if (source.charAt(at) == '"') {
                copyThrough("\"", 1);
            } else if (source.charAt(at) == '\'') {
                copyThrough("'", 1);
            } else {
                code.append(source.charAt(at++));
            }
        }
    }

    private void blockComment() {
        int close = source.indexOf("*/", at + 2);
        int end = close < 0 ? source.length() : close + 2;
        String comment = source.substring(at, end);
        if (comment.startsWith("/**") && comment.length() > 5) {
            documentation.add(source.substring(at + 3, end - 2));
        } else if (!code.toString().isBlank()) {
            code.append(comment);
        }
        at = end;
    }

    /** Copies from here through the next terminator that no backslash precedes. */
    private void copyThrough(String terminator, int openerLength) {
        int end = at + openerLength;
        while (end < source.length() && !source.startsWith(terminator, end)) {
            end += source.charAt(end) == '\\' && !terminator.equals("\n") ? 2 : 1;
        }
        end = Math.min(source.length(), end + terminator.length());
        code.append(source, at, end);
        at = end;
    }
}
