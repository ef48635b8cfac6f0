package dev.calandra.trainer.mixture;

import dev.calandra.laws.chart.Chart;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A drawing of a plan as one SVG without anything outside itself: above, the planned share of each source over the run, stacked; below, the
 * tokens of each source, planned as lines and really taken as dots, up to where the run stands.
 */
public final class MixtureChart {
    private static final int WIDTH = 860;
    private static final int PANEL = 260;
    private static final int LEFT = 70;
    private static final int RIGHT = 170;
    private static final int TOP = 40;
    private static final int GAP = 70;
    private static final int POINTS = 200;
    private final MixturePlan plan;
    private final List<SourcePlan> sources;
    private final int sequenceLength;
    private final StringBuilder svg = new StringBuilder();

    private MixtureChart(MixturePlan plan, int sequenceLength) {
        this.plan = plan;
        this.sources = plan.sources();
        this.sequenceLength = sequenceLength;
    }

    /** The drawing, an SVG document. */
    public static String svg(MixturePlan plan, int sequenceLength) {
        return new MixtureChart(plan, sequenceLength).draw();
    }

    /** A page with the drawing. */
    public static String html(MixturePlan plan, int sequenceLength, String title) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head><meta charset="utf-8"><title>%1$s</title></head>
                <body style="font-family: sans-serif">
                <h1>%1$s</h1>
                %2$s</body>
                </html>
                """.formatted(Chart.escaped(title), svg(plan, sequenceLength));
    }

    private String draw() {
        int height = TOP + 2 * PANEL + GAP + 40;
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" font-family=\"sans-serif\" font-size=\"12\">",
                WIDTH, height, WIDTH);
        line("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, height);
        shares(TOP);
        tokens(TOP + PANEL + GAP);
        line("</svg>");
        return svg.toString();
    }

    private void shares(int top) {
        text(LEFT, top - 14, "start", "planned share of the tokens");
        double[] below = new double[POINTS + 1];
        for (int d = 0; d < sources.size(); d++) {
            List<String> upper = new ArrayList<>();
            List<String> lower = new ArrayList<>();
            for (int i = 0; i <= POINTS; i++) {
                double share =
                        plan.sharesAt(sampleAt(i)).getOrDefault(sources.get(d).name(), 0.0);
                lower.addFirst(point(x(sampleAt(i)), top + PANEL * (1 - below[i])));
                below[i] += share;
                upper.add(point(x(sampleAt(i)), top + PANEL * (1 - below[i])));
            }
            upper.addAll(lower);
            line("<polygon points=\"%s\" fill=\"%s\"/>", String.join(" ", upper), Chart.colour(d));
            text(WIDTH - RIGHT + 34, top + 14 + 20 * d, "start", sources.get(d).name());
            line(
                    "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>",
                    WIDTH - RIGHT + 16, top + 4 + 20 * d, Chart.colour(d));
        }
        for (int percent = 0; percent <= 100; percent += 25) {
            text(LEFT - 8, top + PANEL * (1 - percent / 100.0) + 4, "end", percent + " %");
        }
        axis(top);
    }

    private void tokens(int top) {
        text(LEFT, top - 14, "start", "tokens by source: lines planned, dots really taken");
        double most =
                sources.stream().mapToDouble(SourcePlan::plannedSequences).max().orElse(1);
        for (int d = 0; d < sources.size(); d++) {
            List<String> points = new ArrayList<>();
            for (int i = 0; i <= POINTS; i++) {
                double planned =
                        plan.planned(sampleAt(i)).getOrDefault(sources.get(d).name(), 0.0);
                points.add(point(x(sampleAt(i)), top + PANEL * (1 - planned / most)));
            }
            line(
                    "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
                    String.join(" ", points), Chart.colour(d));
            if (plan.step() > 0) {
                line(
                        "<circle cx=\"%s\" cy=\"%s\" r=\"5\" fill=\"%s\" stroke=\"black\"/>",
                        number(x(plan.nextSample())),
                        number(top + PANEL * (1 - sources.get(d).takenSequences() / most)),
                        Chart.colour(d));
            }
        }
        for (int i = 0; i <= 4; i++) {
            text(LEFT - 8, top + PANEL * (1 - i / 4.0) + 4, "end", tokens(most * i / 4 * sequenceLength));
        }
        axis(top);
    }

    private void axis(int top) {
        int right = WIDTH - RIGHT;
        line("<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"black\"/>", LEFT, top, top + PANEL, right);
        for (int i = 0; i <= 4; i++) {
            double sample = plan.samples() * i / 4.0;
            text(x(sample), top + PANEL + 18, "middle", tokens(sample * sequenceLength));
        }
        for (long edit : plan.edits().subList(1, plan.edits().size())) {
            vertical(edit, top, "4 4", "edit");
        }
        if (plan.step() > 0) {
            vertical(plan.nextSample(), top, "none", "now");
        }
    }

    private void vertical(long sample, int top, String dashes, String label) {
        line(
                "<path d=\"M%s %dV%d\" stroke=\"black\" stroke-dasharray=\"%s\"/>",
                number(x(sample)), top, top + PANEL, dashes);
        text(x(sample) + 4, top + 12, "start", label);
    }

    private long sampleAt(int point) {
        return Math.round((double) plan.samples() * point / POINTS);
    }

    private double x(double sample) {
        return LEFT + (WIDTH - LEFT - RIGHT) * sample / Math.max(1, plan.samples());
    }

    private void text(double x, double y, String anchor, String content) {
        line(
                "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>",
                number(x), number(y), anchor, Chart.escaped(content));
    }

    private static String point(double x, double y) {
        return number(x) + "," + number(y);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String tokens(double tokens) {
        for (Map.Entry<String, Double> unit :
                List.of(Map.entry("T", 1e12), Map.entry("G", 1e9), Map.entry("M", 1e6), Map.entry("k", 1e3))) {
            if (tokens >= unit.getValue()) {
                return String.format(Locale.ROOT, "%.3g%s", tokens / unit.getValue(), unit.getKey());
            }
        }
        return String.format(Locale.ROOT, "%.0f", tokens);
    }

    private void line(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
