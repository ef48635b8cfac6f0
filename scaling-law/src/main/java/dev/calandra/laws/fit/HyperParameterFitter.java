package dev.calandra.laws.fit;

import dev.calandra.configs.DataException;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Learning rate and batch size as power laws of a run's size: a bowl for each cell of a grid, then a weighted regression over the cells. */
final class HyperParameterFitter {
    private static final int FEWEST_CELLS = 3;

    private final Runs runs;
    private final FitSettings settings;
    private final List<String> words = new ArrayList<>();

    private HyperParameterFitter(Runs runs, FitSettings settings) {
        this.runs = runs;
        this.settings = settings;
    }

    /** @throws DataException if fewer than three cells make a bowl */
    static FitResult fit(Runs runs, FitSettings settings) {
        return new HyperParameterFitter(runs, settings).fit();
    }

    private FitResult fit() {
        List<Cell> cells = Cell.of(runs.fitted());
        List<Bowl> bowls = bowls(cells);
        Laws laws = laws(bowls);
        if (laws == null) {
            throw new DataException(
                    "%d of %d cells (equal parameters and tokens) make a bowl over learning rate and batch size; %d of different size are needed"
                            .formatted(bowls.size(), cells.size(), FEWEST_CELLS));
        }
        List<String> names = Stream.of(laws.rate().names(), laws.batch().names())
                .flatMap(List::stream)
                .toList();
        List<double[]> draws = settings.bootstrap()
                .run(random -> joined(
                        laws.rate().draw(bowls, Bowl::rateError, random),
                        laws.batch().draw(bowls, Bowl::batchError, random)));
        Map<String, Estimate> estimates =
                Intervals.of(names, joined(laws.rate().values(), laws.batch().values()), draws);
        speak(cells, bowls);
        Regret regret =
                Regret.of(cells, laws.rate().rule(), laws.batch().rule()).contested();
        return new FitResult(
                "hyperparameters",
                formula(laws.rate()) + "; " + formula(laws.batch()),
                estimates,
                draws,
                "mean excess loss over the cells' best of the runs nearest to the law, in cells of more than one run",
                regret.mean(),
                "no starts: bowls and regressions are linear",
                runs,
                behind(bowls),
                List.of(),
                test(cells, bowls),
                Conditioning.of(
                        laws.rate().line().line().curvature(), laws.rate().names()),
                List.of(bowlTable(bowls, laws), chosen(laws), regret.table("Regret on the fitted cells")),
                words);
    }

    /** A bowl of its own for each cell that makes one; for the others one of the typical shape. */
    private List<Bowl> bowls(List<Cell> cells) {
        long seed = settings.bootstrap().seed();
        List<Bowl> own = cells.stream()
                .map(cell -> Bowl.own(cell, seed))
                .filter(Objects::nonNull)
                .filter(Bowl::isInside)
                .toList();
        if (own.isEmpty()) {
            return List.of();
        }
        double[] typical = Bowl.typical(own);
        List<Bowl> bowls = new ArrayList<>();
        for (Cell cell : cells) {
            Optional<Bowl> known =
                    own.stream().filter(bowl -> bowl.cell() == cell).findFirst();
            Bowl bowl = known.orElseGet(() -> Bowl.shaped(cell, typical, seed));
            if (bowl != null && bowl.isInside()) {
                bowls.add(bowl);
            }
        }
        return bowls;
    }

    /** The runs of the cells that make bowls: the others say nothing. */
    private Runs behind(List<Bowl> bowls) {
        Runs fitted = runs.fitted();
        double[] parameters = fitted.of("parameters");
        double[] tokens = fitted.of("tokens");
        return fitted.where(i -> bowls.stream().anyMatch(bowl -> bowl.cell().isOf(parameters[i], tokens[i])));
    }

    private static Laws laws(List<Bowl> bowls) {
        if (bowls.size() < FEWEST_CELLS) {
            return null;
        }
        PowerFit rate = PowerFit.choose("learning_rate", bowls, Bowl::logRate, Bowl::rateError);
        PowerFit batch = PowerFit.choose("batch_tokens", bowls, Bowl::logBatch, Bowl::batchError);
        return rate == null || batch == null ? null : new Laws(rate, batch);
    }

    /** The held-out cells, or the largest ones: what the law of the others costs there. */
    private Optional<HeldOutPrediction> test(List<Cell> cells, List<Bowl> bowls) {
        boolean given = runs.keptBack().size() > 0;
        List<Cell> ordered = (given ? Cell.of(runs.keptBack()) : cells)
                .stream()
                        .filter(cell -> cell.size() > 1)
                        .sorted(Comparator.comparingDouble(Cell::compute))
                        .toList();
        if (ordered.isEmpty()) {
            return Optional.empty();
        }
        int kept = given ? ordered.size() : Math.max(1, ordered.size() / 6);
        List<Cell> asked = ordered.subList(ordered.size() - kept, ordered.size());
        List<Bowl> used = given
                ? bowls
                : bowls.stream().filter(bowl -> !asked.contains(bowl.cell())).toList();
        Laws laws = laws(used);
        if (laws == null) {
            return Optional.empty();
        }
        Regret regret = Regret.of(asked, laws.rate().rule(), laws.batch().rule());
        List<Residual> residuals = regret.cells().stream()
                .map(each -> new Residual(
                        0, each.cell().losses()[each.cell().best()], each.cell().losses()[each.taken()]))
                .toList();
        return Optional.of(new HeldOutPrediction(
                (given ? "the cells held out" : "the largest cells, kept back for this test alone")
                        + ": loss of the run nearest to the law against the cell's best",
                used.size(),
                residuals));
    }

    private static ResultTable bowlTable(List<Bowl> bowls, Laws laws) {
        List<List<String>> rows = new ArrayList<>();
        for (Bowl bowl : bowls) {
            rows.add(List.of(
                    Numbers.of(bowl.cell().point().get("parameters")),
                    Numbers.of(bowl.cell().point().get("tokens")),
                    "" + bowl.cell().size(),
                    Numbers.of(Math.exp(bowl.logRate())),
                    String.format(Locale.ROOT, "%.0f %%", 100 * bowl.rateError()),
                    Numbers.of(laws.rate().rule().at(bowl.cell().point())),
                    Numbers.of(Math.exp(bowl.logBatch())),
                    String.format(Locale.ROOT, "%.0f %%", 100 * bowl.batchError()),
                    Numbers.of(laws.batch().rule().at(bowl.cell().point()))));
        }
        return new ResultTable(
                "Best of each cell",
                List.of(
                        "PARAMETERS",
                        "TOKENS",
                        "RUNS",
                        "BEST LR",
                        "ERROR",
                        "LAW'S LR",
                        "BEST BATCH",
                        "ERROR",
                        "LAW'S BATCH"),
                rows);
    }

    private static ResultTable chosen(Laws laws) {
        List<List<String>> rows = new ArrayList<>();
        for (PowerFit fit : List.of(laws.rate(), laws.batch())) {
            fit.errors()
                    .forEach((variables, error) -> rows.add(List.of(
                            fit.target(),
                            variables,
                            String.format(Locale.ROOT, "a factor of %.3f", Math.exp(error)),
                            variables.equals(String.join(" and ", fit.variables())) ? "taken" : "")));
        }
        return new ResultTable(
                "What the laws may depend on, each cell left out in turn", List.of("LAW", "OF", "ERROR", ""), rows);
    }

    private void speak(List<Cell> cells, List<Bowl> bowls) {
        long few =
                cells.stream().filter(cell -> cell.size() < Bowl.FEWEST_SHAPED).count();
        if (few > 0) {
            words.add("%d of %d cells have fewer than %d runs: they are left out."
                    .formatted(few, cells.size(), Bowl.FEWEST_SHAPED));
        }
        long lost = cells.size() - few - bowls.size();
        if (lost > 0) {
            words.add(
                    "%d of %d cells have their lowest point at the edge of the grid, or too few runs near it: they are left out."
                            .formatted(lost, cells.size()));
        }
        long borrowed = bowls.stream().filter(bowl -> !bowl.isOwn()).count();
        if (borrowed > 0) {
            words.add("%d cells have too few runs for a bowl of their own and borrow the others' shape."
                    .formatted(borrowed));
        }
        if (bowls.size() < 6) {
            words.add("%d cells are few: the exponents rest on %d points.".formatted(bowls.size(), bowls.size()));
        }
    }

    private static String formula(PowerFit fit) {
        return fit.target() + " = c "
                + String.join(
                        " ",
                        fit.variables().stream().map(v -> v + "^" + v.charAt(0)).toList());
    }

    private static double[] joined(double[] a, double[] b) {
        if (a == null || b == null) {
            return null;
        }
        double[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private record Laws(PowerFit rate, PowerFit batch) {}
}
