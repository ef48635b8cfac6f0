package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Turns a scalar into the Java value that a key wants, or into what is wrong with it. Nothing is coerced. */
final class ScalarConverter {
    /** Outcome of a conversion. */
    sealed interface Converted {}

    record Value(Object value) implements Converted {}

    record Wrong(String message) implements Converted {}

    private ScalarConverter() {}

    /** What a key of this type holds, for messages: {@code an integer}, {@code one of cpu, nd4j}. */
    static String wanted(Class<?> type) {
        if (type == int.class || type == long.class) {
            return "an integer";
        } else if (type == double.class) {
            return "a number";
        } else if (type == boolean.class) {
            return "a boolean";
        } else if (type.isEnum()) {
            return "one of " + String.join(", ", names(type));
        } else if (type == String.class || type == Path.class) {
            return "a string";
        }
        throw new IllegalStateException("no scalar key has type " + type);
    }

    /** A correct value, for messages. */
    static String remedy(Class<?> type) {
        if (type == int.class || type == long.class) {
            return "write a whole number such as 4";
        } else if (type == double.class) {
            return "write a number such as 0.1";
        } else if (type == boolean.class) {
            return "write true or false";
        } else if (type.isEnum()) {
            return "write one of these words";
        }
        return "write it in quotes";
    }

    static Converted convert(Class<?> type, Scalar scalar) {
        if (type == int.class) {
            return integer(scalar, Integer.MIN_VALUE, Integer.MAX_VALUE);
        } else if (type == long.class) {
            return integer(scalar, Long.MIN_VALUE, Long.MAX_VALUE);
        } else if (type == double.class) {
            return number(scalar);
        } else if (type == boolean.class) {
            return scalar.type() == ScalarType.BOOLEAN
                    ? new Value(Boolean.valueOf(scalar.text().toLowerCase(Locale.ROOT)))
                    : mismatch(type, scalar);
        } else if (type.isEnum()) {
            return word(type, scalar);
        }
        return text(type, scalar);
    }

    static Wrong mismatch(Class<?> type, ValueTree found) {
        return new Wrong("not %s (%s); %s".formatted(wanted(type), found.shown(), remedy(type)));
    }

    /** The YAML spelling of a word that an enum constant stands for. */
    static String spelling(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static Converted integer(Scalar scalar, long minimum, long maximum) {
        if (scalar.type() != ScalarType.INTEGER) {
            return mismatch(int.class, scalar);
        }
        BigInteger value = bigInteger(scalar.text());
        if (value.compareTo(BigInteger.valueOf(maximum)) > 0) {
            return new Wrong("too large (%s); must be at most %d".formatted(scalar.shown(), maximum));
        }
        if (value.compareTo(BigInteger.valueOf(minimum)) < 0) {
            return new Wrong("too small (%s); must be at least %d".formatted(scalar.shown(), minimum));
        }
        long exact = value.longValueExact();
        return new Value(maximum == Integer.MAX_VALUE ? (Object) (int) exact : (Object) exact);
    }

    /** The core schema's integers: decimal with a sign, {@code 0o17}, {@code 0x1F}. */
    private static BigInteger bigInteger(String text) {
        if (text.startsWith("0o")) {
            return new BigInteger(text.substring(2), 8);
        } else if (text.startsWith("0x")) {
            return new BigInteger(text.substring(2), 16);
        }
        return new BigInteger(text);
    }

    private static Converted number(Scalar scalar) {
        String text = scalar.text();
        if (scalar.type() == ScalarType.INTEGER) {
            text = bigInteger(text).toString();
        } else if (scalar.type() != ScalarType.FLOAT) {
            return mismatch(double.class, scalar);
        }
        // .inf and .nan are the core schema's only floats with an 'n' in them.
        double value = text.toLowerCase(Locale.ROOT).contains("n") ? Double.NaN : Double.parseDouble(text);
        if (!Double.isFinite(value)) {
            return new Wrong("not a finite number (%s); write one within ±1.8e308".formatted(scalar.shown()));
        }
        boolean writtenAsZero = text.split("[eE]")[0].chars().noneMatch(c -> c >= '1' && c <= '9');
        if (value == 0 && !writtenAsZero) {
            return new Wrong("too close to 0 (%s); write 0 or at least 4.9e-324".formatted(scalar.shown()));
        }
        return new Value(value);
    }

    private static Converted word(Class<?> type, Scalar scalar) {
        for (Object constant : type.getEnumConstants()) {
            if (spelling((Enum<?>) constant).equals(scalar.text())) {
                return new Value(constant);
            }
        }
        List<String> near = Suggestions.nearest(scalar.text(), names(type));
        return near.isEmpty()
                ? mismatch(type, scalar)
                : new Wrong("not %s (%s); did you mean %s?"
                        .formatted(wanted(type), scalar.shown(), String.join(" or ", near)));
    }

    private static Converted text(Class<?> type, Scalar scalar) {
        // On the command line quotes are the shell's, so what looks like a number there is still the text that is
        // wanted.
        boolean isText = scalar.type() == ScalarType.STRING || scalar.origin().equals(Origin.OVERRIDE);
        if (!isText) {
            return mismatch(type, scalar);
        }
        if (scalar.text().codePoints().anyMatch(Character::isISOControl)) {
            return new Wrong("contains a control character (%s); write plain text".formatted(scalar.shown()));
        }
        if (type == String.class) {
            return new Value(scalar.text());
        }
        if (scalar.text().isBlank()) {
            return new Wrong("empty; must name a file");
        }
        try {
            return new Value(Path.of(scalar.text()));
        } catch (InvalidPathException e) {
            return new Wrong("not a path here (%s); %s".formatted(scalar.shown(), e.getReason()));
        }
    }

    private static List<String> names(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> spelling((Enum<?>) constant))
                .toList();
    }

    /** The shortest YAML that reads back as this double: {@code 1e-6} rather than {@code 1.0E-6}. */
    static String yaml(double value) {
        return Double.toString(value).replace(".0E", "e").replace("E", "e");
    }
}
