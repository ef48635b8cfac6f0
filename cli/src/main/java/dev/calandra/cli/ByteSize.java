package dev.calandra.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as people write it: {@code 5GB}, {@code 512MiB}, {@code 1000}. */
final class ByteSize implements ITypeConverter<Long> {

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})\\s*([A-Z]{0,3})");

    private static final Map<String, Long> UNITS = Map.of(
            "", 1L,
            "B", 1L,
            "KB", 1_000L,
            "MB", 1_000_000L,
            "GB", 1_000_000_000L,
            "KIB", 1L << 10,
            "MIB", 1L << 20,
            "GIB", 1L << 30);

    @Override
    public Long convert(String value) {
        Matcher matcher = SIZE.matcher(value.toUpperCase(Locale.ROOT));
        Long unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
        long bytes = unit == null ? 0 : Long.parseLong(matcher.group(1)) * unit;
        if (bytes < 1) {
            throw new TypeConversionException("'" + value + "' is not a size; write one such as 5GB or 512MiB");
        }
        return bytes;
    }
}
