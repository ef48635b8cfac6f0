package dev.calandra.laws.fit;

import dev.calandra.configs.CalandraException;
import dev.calandra.configs.DataException;
import dev.calandra.configs.ExitCode;
import dev.calandra.laws.forms.LossForm;
import dev.calandra.laws.numeric.Huber;
import dev.calandra.laws.numeric.Regression;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Fits a law of the loss: many starts by variable projection, each followed to its minimum; intervals by bootstrap; a test on the largest
 * runs, kept back.
 */
public final class LossFitter {
    private static final double EXACT = 1e-15;
    private static final double SAME = 1e-6;
    private static final double USUAL_DELTA = 1e-3;
    private static final double KEPT_BACK = 0.1;
    private static final double FEW_RUNS_DELTA = 2.5e-3;

    private final LossForm form;
    private final Runs runs;
    private final FitSettings settings;
    private final Huber huber;
    private final double[] fixed;

    private LossFitter(LossForm form, Runs runs, FitSettings settings) {
        this.form = form;
        this.runs = runs;
        this.settings = settings;
        this.huber = new Huber(delta(form, settings));
        this.fixed = fixed(form, settings.fixed());
    }

    /**
     * Fits a law.
     *
     * @throws DataException if there are fewer runs than constants
     * @throws CalandraException if a fixed constant is none of the law's
     */
    public static FitResult fit(LossForm form, Runs runs, FitSettings settings) {
        return new LossFitter(form, runs, settings).fit();
    }

    /**
     * The published fit of the routed law is least squares, and so is Gadre's, which follows few runs; a delta between that and Hoffmann's
     * predicts their larger runs better than either. That of leverage is of Huber's loss (arXiv 2507.17702, section 4.2, which does not
     * name its delta), on leverages below 6.
     */
    private static double delta(LossForm form, FitSettings settings) {
        if (settings.huberDelta() != null) {
            return settings.huberDelta();
        }
        return switch (form.name()) {
            case "routed" -> Double.POSITIVE_INFINITY;
            case "overtraining" -> FEW_RUNS_DELTA;
            default -> USUAL_DELTA;
        };
    }

    private static double[] fixed(LossForm form, Map<String, Double> given) {
        double[] fixed = new double[form.constants().size()];
        Arrays.fill(fixed, Double.NaN);
        given.forEach((name, value) -> {
            int place = form.constants().indexOf(name);
            if (place < 0) {
                throw new CalandraException(
                        ExitCode.USAGE,
                        "--fix %s: law %s has no such constant; it has %s"
                                .formatted(name, form.name(), String.join(", ", form.constants())));
            }
            fixed[place] = value;
        });
        return fixed;
    }

    private FitResult fit() {
        Runs fitted = runs.fitted();
        LossModel model = model(fitted);
        requireEnough(fitted, model);
        Search search = search(model, fitted);
        Regression.Fit best = search.best();
        double[] constants = model.constants(best.parameters());
        List<double[]> draws = new LossBootstrap(huber, model, best).draw(settings.bootstrap());
        Map<String, Estimate> estimates = Intervals.of(form.constants(), constants, draws);
        Conditioning conditioning = Conditioning.of(
                best.curvature(),
                IntStream.of(model.free()).mapToObj(form.constants()::get).toList());
        List<Residual> residuals = residuals(constants, fitted);
        Optional<HeldOutPrediction> test = runs.keptBack().size() > 0
                ? Optional.of(new HeldOutPrediction(
                        "the runs held out", fitted.size(), residuals(constants, runs.keptBack())))
                : largestRuns(model, best);
        return new FitResult(
                form.name(),
                form.formula(),
                estimates,
                draws,
                criterion(),
                best.objective(),
                search.agreement(),
                runs,
                runs.fitted(),
                residuals,
                form.response(),
                test,
                conditioning,
                form.name().equals("chinchilla") ? List.of(Allocation.table(constants, draws, fitted)) : List.of(),
                LossWords.of(form, fitted, estimates, residuals, search, conditioning, model));
    }

    private String criterion() {
        String residual = settings.logarithmic() ? "log " + form.response() : form.response();
        return Double.isInfinite(huber.delta())
                ? "half the sum of squares of the residuals of " + residual
                : String.format(Locale.ROOT, "sum of Huber(%s) of the residuals of %s", huber.delta(), residual);
    }

    private LossModel model(Runs some) {
        return new LossModel(form, logs(some), some.of(form.response()), settings.logarithmic(), fixed);
    }

    private double[][] logs(Runs some) {
        double[][] logs = new double[some.size()][form.variables().size()];
        for (int v = 0; v < form.variables().size(); v++) {
            double[] column = some.of(form.variables().get(v));
            for (int i = 0; i < logs.length; i++) {
                logs[i][v] = Math.log(column[i]);
            }
        }
        return logs;
    }

    private void requireEnough(Runs fitted, LossModel model) {
        int needed = model.free().length + (model.free().length > 3 ? 1 : 0);
        if (fitted.size() < needed) {
            throw new DataException("law %s has %d constants to fit and needs at least %d runs; there are %d (%s)"
                    .formatted(form.name(), model.free().length, needed, fitted.size(), left(runs)));
        }
        if (model.free().length == 0) {
            throw new CalandraException(ExitCode.USAGE, "--fix leaves no constant of law " + form.name() + " to fit");
        }
    }

    private static String left(Runs runs) {
        return "of %d rows %d are used, %d of them held out"
                .formatted(runs.rowsRead(), runs.size(), runs.keptBack().size());
    }

    private Search search(LossModel model, Runs some) {
        List<double[]> starts = new Starts(logs(some), some.of(form.response()), huber).of(form);
        double[] ones = new double[model.size()];
        Arrays.fill(ones, 1);
        List<Regression.Fit> ends = starts.parallelStream()
                .map(start -> Regression.fit(model, huber, ones, model.parameters(start), EXACT))
                .filter(end -> Double.isFinite(end.objective()))
                .sorted(Comparator.comparingDouble(Regression.Fit::objective))
                .toList();
        if (ends.isEmpty()) {
            throw new DataException("law %s fits these runs from no start; look at the losses and sizes (%s)"
                    .formatted(form.name(), left(runs)));
        }
        return choose(ends, some.size());
    }

    /**
     * The lowest minimum; but minima that differ by less than the mean share of one run are not told apart by the data, and of those the one
     * that most starts reach is taken, where it is twice as many and a quarter of all.
     */
    private static Search choose(List<Regression.Fit> ends, int runs) {
        List<List<Regression.Fit>> valleys = new ArrayList<>();
        for (Regression.Fit end : ends) {
            if (valleys.isEmpty() || !isSame(valleys.getLast().getFirst(), end)) {
                valleys.add(new ArrayList<>());
            }
            valleys.getLast().add(end);
        }
        double limit = ends.getFirst().objective() * (1 + 1.0 / runs);
        List<Regression.Fit> chosen = valleys.getFirst();
        for (List<Regression.Fit> valley : valleys) {
            boolean broad = valley.size() >= 2 * chosen.size() && 4 * valley.size() >= ends.size();
            if (broad && valley.getFirst().objective() <= limit) {
                chosen = valley;
            }
        }
        Regression.Fit best = chosen.getFirst();
        List<Regression.Fit> rivals = valleys.stream()
                .map(List::getFirst)
                .filter(end -> end != best && end.objective() <= limit)
                .toList();
        return new Search(best, chosen.size(), ends.size(), rivals);
    }

    private static boolean isSame(Regression.Fit lower, Regression.Fit upper) {
        return upper.objective() <= lower.objective() * (1 + SAME) + 1e-18;
    }

    private List<Residual> residuals(double[] constants, Runs some) {
        double[][] logs = logs(some);
        double[] losses = some.of(form.response());
        List<Residual> residuals = new ArrayList<>();
        for (int i = 0; i < losses.length; i++) {
            residuals.add(new Residual(some.lines()[i], losses[i], form.loss(constants, logs[i])));
        }
        return residuals;
    }

    /** The law without the tenth of the runs that took the most compute, tested on those; empty where too few would be left. */
    private Optional<HeldOutPrediction> largestRuns(LossModel whole, Regression.Fit best) {
        Runs fitted = runs.fitted();
        Set<Integer> largest = largest(size(fitted));
        Runs small = fitted.where(i -> !largest.contains(i));
        Runs large = fitted.where(largest::contains);
        if (small.size() < whole.free().length + 2 || large.size() == 0) {
            return Optional.empty();
        }
        double[] constants =
                model(small).constants(search(model(small), small).best().parameters());
        return Optional.of(new HeldOutPrediction(
                "the runs with the most compute, kept back for this test alone",
                small.size(),
                residuals(constants, large)));
    }

    /**
     * Places of the tenth with the largest sizes. Equal ones go together where that makes no more than a fifth; else those above them, and
     * where there are none, as many of them as make a tenth.
     */
    static Set<Integer> largest(double[] size) {
        int[] order = IntStream.range(0, size.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -size[i]))
                .mapToInt(i -> i)
                .toArray();
        int tenth = (int) Math.ceil(KEPT_BACK * size.length);
        double limit = size[order[tenth - 1]];
        int above = (int) Arrays.stream(size).filter(each -> each > limit).count();
        int together = (int) Arrays.stream(size).filter(each -> each >= limit).count();
        int count = together <= 2 * KEPT_BACK * size.length ? together : above > 0 ? above : tenth;
        return IntStream.of(order).limit(count).boxed().collect(Collectors.toSet());
    }

    private static double[] size(Runs some) {
        double[] flops = some.has("flops") ? some.of("flops") : null;
        double[] first = some.has("parameters") ? some.of("parameters") : null;
        double[] second = some.has("tokens") ? some.of("tokens") : null;
        double[] size = new double[some.size()];
        for (int i = 0; i < size.length; i++) {
            size[i] = flops != null ? flops[i] : first[i] * (second == null ? 1 : second[i]);
        }
        return size;
    }

    /**
     * What many starts led to.
     *
     * @param best the minimum taken
     * @param same starts that ended there
     * @param starts all of them
     * @param rivals other minima that the data do not tell from it
     */
    record Search(Regression.Fit best, int same, int starts, List<Regression.Fit> rivals) {
        String agreement() {
            return "%d of %d starts end at the same minimum".formatted(same, starts);
        }
    }
}
