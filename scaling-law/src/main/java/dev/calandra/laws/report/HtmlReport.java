package dev.calandra.laws.report;

import dev.calandra.laws.chart.Axis;
import dev.calandra.laws.chart.Chart;
import dev.calandra.laws.fit.FitResult;
import dev.calandra.laws.fit.HeldOutPrediction;
import dev.calandra.laws.fit.Numbers;
import dev.calandra.laws.fit.Residual;
import dev.calandra.laws.fit.ResultTable;
import dev.calandra.laws.forms.LossForm;
import dev.calandra.laws.table.Exclusion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Fitted laws as one HTML page that needs nothing outside itself: charts, tables to copy, and what the data cannot tell. */
public final class HtmlReport {
    private static final String STYLE = """
            :root { color-scheme: light dark; --ink: #1c1c1c; --paper: #ffffff; --rule: #cccccc; --soft: #f4f4f4; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e4e4e4; --paper: #16181a; --rule: #444444; --soft: #212427; } }
            body { font: 15px/1.45 sans-serif; color: var(--ink); background: var(--paper); max-width: 1300px; margin: 2em auto; padding: 0 1em; }
            table { border-collapse: collapse; margin: 0.6em 0; font-variant-numeric: tabular-nums; }
            th, td { text-align: left; padding: 0.2em 0.9em 0.2em 0; border-bottom: 1px solid var(--rule); }
            .charts { display: flex; flex-wrap: wrap; gap: 1em; } .charts svg { width: 620px; max-width: 100%; height: auto; }
            pre { background: var(--soft); padding: 0.8em; overflow: auto; max-height: 20em; } code { background: var(--soft); }
            .scroll { overflow-x: auto; }
            """;

    private final StringBuilder page = new StringBuilder();

    private HtmlReport() {}

    /**
     * The page.
     *
     * @param results at least one
     * @param source that was fitted
     * @param command that was given
     */
    public static String of(List<FitResult> results, String source, String command) {
        HtmlReport report = new HtmlReport();
        report.add(
                "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Scaling laws of %s</title>\n<style>\n%s</style></head>\n<body>\n<h1>Scaling laws of %s</h1>\n<p><code>%s</code></p>\n",
                Chart.escaped(source), STYLE, Chart.escaped(source), Chart.escaped(command));
        results.forEach(report::section);
        report.add("</body></html>\n");
        return report.page.toString();
    }

    private void section(FitResult result) {
        add("<h2>%s</h2>\n<p>%s</p>\n", Chart.escaped(result.law()), Chart.escaped(result.formula()));
        add(
                "<p>%d rows read, %d fitted, %d held out.</p>\n",
                result.runs().rowsRead(),
                result.runs().fitted().size(),
                result.runs().keptBack().size());
        if (!result.runs().excluded().isEmpty()) {
            table(exclusions(result.runs().excluded()));
        }
        table(constants(result));
        if (!result.words().isEmpty()) {
            add("<h3>What the data cannot tell</h3>\n<ul>\n");
            result.words().forEach(word -> add("<li>%s</li>\n", Chart.escaped(word)));
            add("</ul>\n");
        }
        table(quality(result));
        add("<div class=\"charts\">\n");
        charts(result).forEach(page::append);
        add("</div>\n");
        result.test().ifPresent(test -> table(predictions(test)));
        result.tables().forEach(this::table);
        add("<h3>As JSON</h3>\n<pre>%s</pre>\n", Chart.escaped(FitJson.of(result)));
    }

    private static List<String> charts(FitResult result) {
        List<String> charts = new ArrayList<>();
        Optional<LossForm> form = LossForm.named(result.law());
        if (form.isPresent() && form.get().variables().containsAll(List.of("parameters", "tokens"))) {
            charts.addAll(new LossCharts(result, form.get()).draw());
        }
        if (result.law().equals("hyperparameters")) {
            charts.addAll(new ChoiceCharts(result).grid());
        }
        if (result.law().equals("isoflop")) {
            charts.addAll(new ChoiceCharts(result).isoFlop());
        }
        if (!result.residuals().isEmpty()) {
            charts.add(LossCharts.residuals(result));
        }
        result.test().ifPresent(test -> charts.add(test(test)));
        return charts;
    }

    private static String test(HeldOutPrediction test) {
        double[] measured = test.runs().stream().mapToDouble(Residual::measured).toArray();
        double[] predicted =
                test.runs().stream().mapToDouble(Residual::predicted).toArray();
        // Both axes reach as far as the other, so that the line of equals is a diagonal even for one run.
        double[] ends = {
            0.99 * Math.min(least(measured), least(predicted)), 1.01 * Math.max(most(measured), most(predicted))
        };
        return new Chart(
                        "Prediction test: " + test.runs().size() + " kept back",
                        Axis.log("measured"),
                        Axis.log("predicted"))
                .dashes("equal", Chart.colour(6), ends, ends)
                .points("kept back", Chart.colour(0), measured, predicted)
                .svg();
    }

    private static double least(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }

    private static double most(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }

    private static ResultTable constants(FitResult result) {
        return new ResultTable(
                "Constants",
                List.of("constant", "value", "95 % interval"),
                result.constants().entrySet().stream()
                        .map(entry -> List.of(
                                entry.getKey(),
                                Numbers.of(entry.getValue().value()),
                                entry.getValue().low() == null
                                        ? result.draws().isEmpty() ? "-" : "given"
                                        : Numbers.of(entry.getValue().low()) + " to "
                                                + Numbers.of(entry.getValue().high())))
                        .toList());
    }

    private static ResultTable exclusions(List<Exclusion> exclusions) {
        return new ResultTable(
                "Rows left out",
                List.of("rule", "rows"),
                exclusions.stream()
                        .map(each -> List.of(each.rule(), "" + each.lines().size()))
                        .toList());
    }

    private static ResultTable quality(FitResult result) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("criterion", result.criterion()));
        rows.add(List.of("objective", String.format(Locale.ROOT, "%.8g", result.objective())));
        rows.add(List.of("starts", result.agreement()));
        if (!result.residuals().isEmpty()) {
            rows.add(List.of(
                    "root mean square of the residuals of log " + result.residualsOf(),
                    Numbers.percent(result.rootMeanSquare())));
        }
        rows.add(List.of(
                "condition number",
                String.format(Locale.ROOT, "%.2e", result.conditioning().number())));
        rows.add(List.of("bootstrap draws", "" + result.draws().size()));
        return new ResultTable("Fit", List.of("", ""), rows);
    }

    private static ResultTable predictions(HeldOutPrediction test) {
        List<List<String>> rows = List.of(
                List.of("kept back", test.runs().size() + ": " + test.what()),
                List.of("mean error", Numbers.percent(test.meanError())),
                List.of("largest error", Numbers.percent(test.largestError())),
                List.of("bias", Numbers.percent(test.bias())));
        return new ResultTable("Prediction test", List.of("", ""), rows);
    }

    private void table(ResultTable table) {
        add("<h3>%s</h3>\n<div class=\"scroll\"><table>\n<tr>", Chart.escaped(table.title()));
        table.columns().forEach(column -> add("<th>%s</th>", Chart.escaped(column)));
        add("</tr>\n");
        for (List<String> row : table.rows()) {
            add("<tr>");
            row.forEach(cell -> add("<td>%s</td>", Chart.escaped(cell)));
            add("</tr>\n");
        }
        add("</table></div>\n");
    }

    private void add(String format, Object... arguments) {
        page.append(String.format(Locale.ROOT, format, arguments));
    }
}
