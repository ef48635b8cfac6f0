package dev.calandra.storage;

import java.util.regex.Pattern;

/**
 * The name of one file or folder, safe to append to any location on any backend: 1 to 128 of {@code A-Z a-z 0-9 . _ -}, not {@code .} or
 * {@code ..}, and not one of the names that HDFS gives a meaning to. Names that come out of a file pass through here before they touch a
 * path.
 */
public record FileName(String value) {
    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    /** @throws IllegalArgumentException when the name breaks the rule; the message shows it with control characters escaped */
    public FileName {
        boolean special =
                value.equals(".") || value.equals("..") || value.equals(".snapshot") || value.equals(".reserved");
        if (special || !ALLOWED.matcher(value).matches()) {
            throw new IllegalArgumentException("'" + printable(value)
                    + "' is not a file name: use 1 to 128 of A-Z a-z 0-9 . _ - (no separators, not . or ..)");
        }
    }

    private static String printable(String value) {
        StringBuilder shown = new StringBuilder();
        value.codePoints().limit(200).forEach(c -> {
            if (Character.isISOControl(c)) {
                shown.append(String.format("\\u%04x", c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.toString();
    }

    @Override
    public String toString() {
        return value;
    }
}
