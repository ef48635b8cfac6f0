package dev.calandra.laws.fit;

import java.util.Locale;

/** Numbers for people: five digits that count. */
public final class Numbers {
    private Numbers() {}

    /** A number, in plain digits between a thousandth and a million. */
    public static String of(double value) {
        double size = Math.abs(value);
        if (value == 0 || !Double.isFinite(value)) {
            return value == 0 ? "0" : Double.isNaN(value) ? "-" : value > 0 ? "infinite" : "-infinite";
        }
        if (size < 1e-3 || size >= 1e6) {
            return String.format(Locale.ROOT, "%.4e", value);
        }
        int digits = Math.max(0, 4 - (int) Math.floor(Math.log10(size)));
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    /** A share as percent. */
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.4f %%", 100 * share);
    }
}
