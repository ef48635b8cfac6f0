package dev.calandra.laws.fit;

import dev.calandra.laws.forms.LossForm;
import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Says what the runs cannot tell about a law of the loss. */
final class LossWords {
    private static final double WIDE = 10;
    private static final double NARROW_RANGE = 4;
    private static final double ILL = 1e4;
    private static final double FAR_CEILING = 100;

    private final LossForm form;
    private final Runs runs;
    private final Map<String, Estimate> estimates;
    private final List<String> words = new ArrayList<>();

    private LossWords(LossForm form, Runs runs, Map<String, Estimate> estimates) {
        this.form = form;
        this.runs = runs;
        this.estimates = estimates;
    }

    static List<String> of(
            LossForm form,
            Runs runs,
            Map<String, Estimate> estimates,
            List<Residual> residuals,
            LossFitter.Search search,
            Conditioning conditioning,
            LossModel model) {
        LossWords says = new LossWords(form, runs, estimates);
        says.irreducible();
        says.amplitudes();
        says.ceilings();
        says.ranges();
        says.together();
        says.outliers(residuals);
        if (conditioning.number() > ILL) {
            says.say(
                    "%s can hardly be told apart (condition number %.1e): trust what the law predicts near these runs, not these constants.",
                    String.join(", ", conditioning.weakest()), conditioning.number());
        }
        says.rivals(search, model);
        return says.words;
    }

    private void rivals(LossFitter.Search search, LossModel model) {
        if (search.rivals().isEmpty()) {
            return;
        }
        List<String> others = search.rivals().stream()
                .limit(3)
                .map(rival -> {
                    double[] constants = model.constants(rival.parameters());
                    return String.join(
                                    ", ",
                                    IntStream.of(model.free())
                                            .mapToObj(k -> form.constants().get(k) + " " + Numbers.of(constants[k]))
                                            .toList())
                            + String.format(
                                    Locale.ROOT,
                                    " (objective %+.3f %%)",
                                    100 * (rival.objective() / search.best().objective() - 1));
                })
                .toList();
        say(
                "%d other minim%s by less than one run's mean share of the objective: %s. The data do not tell them apart.",
                search.rivals().size(),
                search.rivals().size() == 1 ? "um differs" : "a differ",
                String.join("; ", others));
    }

    private void irreducible() {
        Estimate e = estimates.get("E");
        if (e == null) {
            return;
        }
        double least = Arrays.stream(runs.of("loss")).min().orElseThrow();
        if (e.value() < 0.01 * least) {
            say("E is not identified: the fit puts it at zero, so these runs show no floor of the loss yet.");
        } else if (e.low() != null && (e.low() < 0.05 * least || e.high() - e.low() > 0.3 * e.value())) {
            say(
                    "E is not identified: its interval is %s to %s, and the smallest loss among the runs is %s. Larger runs would tell.",
                    Numbers.of(e.low()), Numbers.of(e.high()), Numbers.of(least));
        }
    }

    private void amplitudes() {
        estimates.forEach((name, estimate) -> {
            int place = form.constants().indexOf(name);
            if (!form.isPositive(place) || estimate.low() == null || name.equals("E")) {
                return;
            }
            double factor = estimate.high() / Math.max(estimate.low(), 1e-300);
            if (factor > WIDE) {
                say(
                        "%s is known to a factor of %s only (%s to %s).",
                        name,
                        factor > 1e6 ? "more than a million" : Numbers.of(factor),
                        Numbers.of(estimate.low()),
                        Numbers.of(estimate.high()));
            }
            if (estimate.value() > 1e12 && name.startsWith("R_")) {
                say("%s is without bound: the runs show no decay of this kind.", name);
            }
            if (estimate.value() < 1e-5) {
                say("%s is at zero: the runs do not show this term.", name);
            }
        });
    }

    /** The far end of a saturation, where the runs show none of it: its draws hardly move, which is no sign that it is known. */
    private void ceilings() {
        for (String name : form.constants()) {
            Optional<String> limited = form.limitedBy(name);
            if (limited.isEmpty()) {
                continue;
            }
            double most = Arrays.stream(runs.of(limited.get())).max().orElseThrow();
            if (estimates.get(name).value() > FAR_CEILING * most) {
                say(
                        "%s is without bound: up to %s of %s the runs show no ceiling, and its interval says nothing.",
                        name, Numbers.of(most), limited.get());
            }
        }
    }

    private void ranges() {
        for (String variable : form.variables()) {
            double[] column = runs.of(variable);
            double from = Arrays.stream(column).min().orElseThrow();
            double to = Arrays.stream(column).max().orElseThrow();
            long distinct = Arrays.stream(column).distinct().count();
            if (distinct < 3) {
                say(
                        "There are only %d different values of %s: how the loss depends on it is assumed, not measured.",
                        distinct, variable);
            } else if (to < NARROW_RANGE * from) {
                say(
                        "%s covers a factor of %.1f only (%s to %s): its exponent is weakly told.",
                        variable, to / from, Numbers.of(from), Numbers.of(to));
            }
        }
    }

    private void together() {
        if (!form.variables().containsAll(List.of("parameters", "tokens"))) {
            return;
        }
        double[] n = Arrays.stream(runs.of("parameters")).map(Math::log).toArray();
        double[] d = Arrays.stream(runs.of("tokens")).map(Math::log).toArray();
        double correlation = correlation(n, d);
        if (correlation > 0.97) {
            say(
                    "Parameters and tokens grow together in these runs (correlation of their logarithms %.3f): which of the two lowers the loss cannot be told. Runs at other ratios would tell.",
                    correlation);
        }
    }

    private void outliers(List<Residual> residuals) {
        double[] sizes =
                residuals.stream().mapToDouble(r -> Math.abs(r.relative())).toArray();
        double scale = 1.4826 * Quantiles.median(sizes);
        List<Residual> far = residuals.stream()
                .filter(r -> Math.abs(r.relative()) > Math.max(8 * scale, 1e-9))
                .toList();
        if (!far.isEmpty()) {
            say(
                    "%d run%s far from the law, more than 8 robust standard deviations of %s: line%s %s. Look at them before relying on the fit.",
                    far.size(),
                    far.size() == 1 ? " lies" : "s lie",
                    Numbers.percent(scale),
                    far.size() == 1 ? "" : "s",
                    String.join(
                                    ", ",
                                    far.stream()
                                            .limit(12)
                                            .map(r -> "" + r.line())
                                            .toList())
                            + (far.size() > 12 ? ", ..." : ""));
        }
    }

    private static double correlation(double[] a, double[] b) {
        double meanA = Arrays.stream(a).average().orElseThrow();
        double meanB = Arrays.stream(b).average().orElseThrow();
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return aa == 0 || bb == 0 ? 0 : ab / Math.sqrt(aa * bb);
    }

    private void say(String format, Object... arguments) {
        words.add(String.format(Locale.ROOT, format, arguments));
    }
}
