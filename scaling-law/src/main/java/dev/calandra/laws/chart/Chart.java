package dev.calandra.laws.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A chart, drawn as SVG once everything has been added; the axes fit what was added. Points that an axis cannot show, such as zero on a
 * logarithmic one, are left out.
 */
public final class Chart {
    private static final int WIDTH = 620;
    private static final int HEIGHT = 380;
    private static final int LEFT = 64;
    private static final int RIGHT = 150;
    private static final int TOP = 34;
    private static final int BOTTOM = 48;
    private static final int LEGEND_ROWS = 18;
    private static final List<String> COLOURS = List.of(
            "#4477aa", "#ee6677", "#228833", "#b8860b", "#3aa6c4", "#aa3377", "#7a7a7a", "#994455", "#117755",
            "#dd7722");

    private final String title;
    private final Axis horizontal;
    private final Axis vertical;
    private final List<Layer> layers = new ArrayList<>();

    public Chart(String title, Axis horizontal, Axis vertical) {
        this.title = title;
        this.horizontal = horizontal;
        this.vertical = vertical;
    }

    /** A colour by number, the same for the same number. */
    public static String colour(int number) {
        return COLOURS.get(Math.floorMod(number, COLOURS.size()));
    }

    /** Adds points. {@code name} is shown in the legend; empty for none. */
    public Chart points(String name, String colour, double[] x, double[] y) {
        layers.add(new Layer(Kind.POINTS, name, colour, x, y, y));
        return this;
    }

    /** Adds a line. */
    public Chart line(String name, String colour, double[] x, double[] y) {
        layers.add(new Layer(Kind.LINE, name, colour, x, y, y));
        return this;
    }

    /** Adds a broken line. */
    public Chart dashes(String name, String colour, double[] x, double[] y) {
        layers.add(new Layer(Kind.DASHES, name, colour, x, y, y));
        return this;
    }

    /** Adds a band between two lines. */
    public Chart band(String name, String colour, double[] x, double[] low, double[] high) {
        layers.add(new Layer(Kind.BAND, name, colour, x, low, high));
        return this;
    }

    /** Adds points with a bar from low to high. */
    public Chart bars(String colour, double[] x, double[] low, double[] high) {
        layers.add(new Layer(Kind.BARS, "", colour, x, low, high));
        return this;
    }

    /** The drawing. */
    public String svg() {
        Frame frame = frame();
        StringBuilder svg = new StringBuilder();
        svg.append(format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-size=\"12\" font-family=\"sans-serif\" fill=\"currentColor\">%n<title>%s</title>%n",
                WIDTH, HEIGHT, escaped(title)));
        svg.append(text(LEFT, 20, "start", title, " font-weight=\"bold\""));
        if (frame == null) {
            return svg.append(text(LEFT, HEIGHT / 2.0, "start", "nothing to show", ""))
                    .append("</svg>\n")
                    .toString();
        }
        axes(svg, frame);
        for (Kind kind : List.of(Kind.BAND, Kind.BARS, Kind.LINE, Kind.DASHES, Kind.POINTS)) {
            layers.stream().filter(layer -> layer.kind() == kind).forEach(layer -> draw(svg, frame, layer));
        }
        legend(svg);
        return svg.append("</svg>\n").toString();
    }

    private Frame frame() {
        double[] range = {Double.MAX_VALUE, -Double.MAX_VALUE, Double.MAX_VALUE, -Double.MAX_VALUE};
        for (Layer layer : layers) {
            for (int i = 0; i < layer.x().length; i++) {
                if (shown(layer, i)) {
                    range[0] = Math.min(range[0], horizontal.place(layer.x()[i]));
                    range[1] = Math.max(range[1], horizontal.place(layer.x()[i]));
                    range[2] = Math.min(range[2], vertical.place(layer.low()[i]));
                    range[3] = Math.max(range[3], vertical.place(layer.high()[i]));
                }
            }
        }
        if (range[0] > range[1]) {
            return null;
        }
        for (int k = 0; k < 4; k += 2) {
            double margin = range[k + 1] > range[k]
                    ? 0.04 * (range[k + 1] - range[k])
                    : Math.max(0.05, 0.05 * Math.abs(range[k]));
            range[k] -= margin;
            range[k + 1] += margin;
        }
        return new Frame(range[0], range[1], range[2], range[3]);
    }

    private boolean shown(Layer layer, int i) {
        return horizontal.shows(layer.x()[i]) && vertical.shows(layer.low()[i]) && vertical.shows(layer.high()[i]);
    }

    private void axes(StringBuilder svg, Frame frame) {
        int right = WIDTH - RIGHT;
        int bottom = HEIGHT - BOTTOM;
        for (double tick : horizontal.ticks(frame.left(), frame.right())) {
            double x = frame.x(horizontal.place(tick));
            svg.append(format(
                    "<path d=\"M%.1f %dV%d\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/>%n", x, TOP, bottom));
            svg.append(text(x, bottom + 16, "middle", Axis.label(tick), ""));
        }
        for (double tick : vertical.ticks(frame.bottom(), frame.top())) {
            double y = frame.y(vertical.place(tick));
            svg.append(format(
                    "<path d=\"M%d %.1fH%d\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/>%n", LEFT, y, right));
            svg.append(text(LEFT - 6, y + 4, "end", Axis.label(tick), ""));
        }
        svg.append(
                format("<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"currentColor\"/>%n", LEFT, TOP, bottom, right));
        svg.append(text((LEFT + right) / 2.0, HEIGHT - 12, "middle", horizontal.label(), ""));
        double middle = (TOP + bottom) / 2.0;
        svg.append(text(14, middle, "middle", vertical.label(), format(" transform=\"rotate(-90 14 %.1f)\"", middle)));
    }

    private void draw(StringBuilder svg, Frame frame, Layer layer) {
        List<String> low = new ArrayList<>();
        List<String> high = new ArrayList<>();
        for (int i = 0; i < layer.x().length; i++) {
            if (!shown(layer, i)) {
                continue;
            }
            double x = frame.x(horizontal.place(layer.x()[i]));
            double y = frame.y(vertical.place(layer.low()[i]));
            double y2 = frame.y(vertical.place(layer.high()[i]));
            if (layer.kind() == Kind.POINTS) {
                svg.append(format(
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\" fill=\"%s\" fill-opacity=\"0.8\"/>%n",
                        x, y, layer.colour()));
            } else if (layer.kind() == Kind.BARS) {
                svg.append(format("<path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\"/>%n", x, y, y2, layer.colour()));
            }
            low.add(format("%.1f,%.1f", x, y));
            high.addFirst(format("%.1f,%.1f", x, y2));
        }
        switch (layer.kind()) {
            case LINE, DASHES ->
                svg.append(format(
                        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\"%s/>%n",
                        String.join(" ", low),
                        layer.colour(),
                        layer.kind() == Kind.DASHES ? " stroke-dasharray=\"5 4\"" : ""));
            case BAND -> {
                low.addAll(high);
                svg.append(format(
                        "<polygon points=\"%s\" fill=\"%s\" fill-opacity=\"0.2\"/>%n",
                        String.join(" ", low), layer.colour()));
            }
            case POINTS, BARS -> {}
        }
    }

    private void legend(StringBuilder svg) {
        List<Layer> named =
                layers.stream().filter(layer -> !layer.name().isEmpty()).toList();
        for (int i = 0; i < Math.min(named.size(), LEGEND_ROWS); i++) {
            int y = TOP + 10 + 17 * i;
            int x = WIDTH - RIGHT + 12;
            svg.append(format(
                    "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"%s/>%n",
                    x, y - 9, named.get(i).colour(), named.get(i).kind() == Kind.BAND ? " fill-opacity=\"0.3\"" : ""));
            svg.append(text(x + 15, y, "start", named.get(i).name(), ""));
        }
    }

    private static String text(double x, double y, String anchor, String content, String attributes) {
        return format(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>%n",
                x, y, anchor, attributes, escaped(content));
    }

    /** Text that is safe inside HTML. */
    public static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format.replace("%n", "\n"), arguments);
    }

    private enum Kind {
        POINTS,
        LINE,
        DASHES,
        BAND,
        BARS
    }

    private record Layer(Kind kind, String name, String colour, double[] x, double[] low, double[] high) {}

    private record Frame(double left, double right, double bottom, double top) {
        double x(double place) {
            return LEFT + (WIDTH - LEFT - RIGHT) * (place - left) / (right - left);
        }

        double y(double place) {
            return TOP + (HEIGHT - TOP - BOTTOM) * (top - place) / (top - bottom);
        }
    }
}
