package dev.calandra.laws.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One axis of a chart.
 *
 * @param label with the unit
 * @param logarithmic whether equal factors are equally long
 */
public record Axis(String label, boolean logarithmic) {
    private static final int WANTED = 6;
    /** Decades below which ticks are equally far apart, and above which only powers of ten have one. */
    private static final double NARROW = 0.6;

    private static final double WIDE = 2.2;

    /** An axis of equal differences. */
    public static Axis linear(String label) {
        return new Axis(label, false);
    }

    /** An axis of equal factors. */
    public static Axis log(String label) {
        return new Axis(label, true);
    }

    double place(double value) {
        return logarithmic ? Math.log10(value) : value;
    }

    /** Whether a value can be drawn. */
    boolean shows(double value) {
        return Double.isFinite(value) && (!logarithmic || value > 0);
    }

    /**
     * Values with a tick between two places on the axis.
     *
     * @param from place, not value
     * @param to place, not value
     */
    List<Double> ticks(double from, double to) {
        if (!logarithmic || to - from < NARROW) {
            return steps(from, to);
        }
        return to - from < WIDE ? parts(from, to) : decades(from, to);
    }

    private List<Double> decades(double from, double to) {
        List<Double> ticks = new ArrayList<>();
        int stride = (int) Math.max(1, Math.ceil((to - from) / WANTED));
        for (int power = (int) Math.ceil(from - 1e-9); power <= to + 1e-9; power++) {
            if (Math.floorMod(power, stride) == 0) {
                ticks.add(Math.pow(10, power));
            }
        }
        return ticks;
    }

    /** 1, 2 and 5 of every decade. */
    private static List<Double> parts(double from, double to) {
        List<Double> ticks = new ArrayList<>();
        for (int power = (int) Math.floor(from); power <= to; power++) {
            for (double digit : new double[] {1, 2, 5}) {
                double place = power + Math.log10(digit);
                if (place >= from - 1e-9 && place <= to + 1e-9) {
                    ticks.add(digit * Math.pow(10, power));
                }
            }
        }
        return ticks;
    }

    private List<Double> steps(double from, double to) {
        double low = logarithmic ? Math.pow(10, from) : from;
        double high = logarithmic ? Math.pow(10, to) : to;
        double raw = (high - low) / WANTED;
        double unit = Math.pow(10, Math.floor(Math.log10(raw)));
        double step = raw / unit < 1.5 ? unit : raw / unit < 3.5 ? 2 * unit : raw / unit < 7.5 ? 5 * unit : 10 * unit;
        List<Double> ticks = new ArrayList<>();
        for (double k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
            ticks.add(k * step);
        }
        return ticks;
    }

    /** A tick's label: 2.5, 300, 1e9. */
    static String label(double value) {
        double size = Math.abs(value);
        if (value != 0 && (size >= 1e5 || size < 1e-3)) {
            int power = (int) Math.floor(Math.log10(size) + 1e-9);
            String factor = plain(value / Math.pow(10, power));
            return factor + "e" + power;
        }
        return plain(value);
    }

    private static String plain(double value) {
        String digits =
                String.format(Locale.ROOT, "%.4f", value).replaceAll("0+$", "").replaceAll("\\.$", "");
        return digits.equals("-0") ? "0" : digits;
    }
}
