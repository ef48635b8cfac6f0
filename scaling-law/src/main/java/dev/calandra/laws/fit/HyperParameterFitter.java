package dev.calandra.laws.fit;

import dev.calandra.configs.DataException;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.records.PowerProduct;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Learning rate and batch size as power laws of a run's size: a bowl for each cell of a grid, then a weighted regression over the cells. Of
 * a grid that varies one of them only, the law of that one.
 */
final class HyperParameterFitter {
    private static final int FEWEST_CELLS = 3;

    private final Runs runs;
    private final FitSettings settings;
    private final List<Cell> grid;
    private final List<String> words = new ArrayList<>();

    private HyperParameterFitter(Runs runs, FitSettings settings) {
        this.runs = runs;
        this.settings = settings;
        this.grid = Cell.of(runs.fitted());
    }

    /** @throws DataException if fewer than three cells make a bowl */
    static FitResult fit(Runs runs, FitSettings settings) {
        HyperParameterFitter fitter = new HyperParameterFitter(runs, settings);
        List<String> causes = new ArrayList<>();
        for (List<Knob> knobs :
                List.of(List.of(Knob.values()), List.of(Knob.LEARNING_RATE), List.of(Knob.BATCH_TOKENS))) {
            Optional<FitResult> result = fitter.fit(knobs, causes);
            if (result.isPresent()) {
                return result.get();
            }
        }
        throw new DataException(
                "no law of learning rate or batch size: %s; %d cells (equal parameters and tokens) of different size are needed"
                        .formatted(causes.stream().distinct().collect(Collectors.joining("; ")), FEWEST_CELLS));
    }

    /** The laws of some knobs; empty, with the cause, if the grid does not give them. */
    private Optional<FitResult> fit(List<Knob> knobs, List<String> causes) {
        for (Knob knob : knobs) {
            if (!Bowls.varies(grid, knob)) {
                causes.add("no cell has three values of the " + knob.words());
                return Optional.empty();
            }
        }
        Bowls bowls = Bowls.of(grid, knobs, settings.bootstrap().seed());
        List<PowerFit> laws = laws(bowls.all(), knobs);
        if (laws == null) {
            causes.add(cause(bowls));
            return Optional.empty();
        }
        return Optional.of(result(bowls, laws));
    }

    private String cause(Bowls bowls) {
        String made = "%d of %d cells make a bowl over %s"
                .formatted(bowls.all().size(), bowls.cells().size(), bowls.over());
        if (!bowls.left().isEmpty()) {
            made += " (" + bowls.leftOut() + ")";
        }
        return bowls.all().size() < FEWEST_CELLS ? made : made + ", whose sizes do not tell exponents";
    }

    private FitResult result(Bowls bowls, List<PowerFit> laws) {
        List<String> names = laws.stream().flatMap(law -> law.names().stream()).toList();
        List<double[]> draws = settings.bootstrap().run(random -> draw(bowls.all(), laws, random));
        double[] values = joined(laws.stream().map(PowerFit::values));
        Map<String, Estimate> estimates = Intervals.of(names, values, draws);
        speak(bowls);
        Regret regret = Regret.of(
                        bowls.cells().stream().filter(cell -> cell.size() > 0).toList(), rules(laws))
                .contested();
        PowerFit first = laws.getFirst();
        HyperParameterTables tables = new HyperParameterTables(bowls, laws);
        return new FitResult(
                "hyperparameters",
                laws.stream().map(HyperParameterFitter::formula).collect(Collectors.joining("; ")),
                estimates,
                draws,
                "mean excess loss over the cells' best of the runs nearest to the law, in cells of more than one run",
                regret.mean(),
                "no starts: bowls and regressions are linear",
                runs,
                behind(bowls.all()),
                tables.residuals(),
                "best " + bowls.over() + " of the cells",
                test(bowls),
                Conditioning.of(first.line().line().curvature(), first.names()),
                List.of(tables.bowls(), tables.chosen(), regret.table("Regret on the fitted cells")),
                words);
    }

    private static double[] draw(List<Bowl> bowls, List<PowerFit> laws, RandomGenerator random) {
        List<double[]> drawn = new ArrayList<>();
        for (PowerFit law : laws) {
            drawn.add(law.draw(bowls, random));
        }
        return drawn.contains(null) ? null : joined(drawn.stream());
    }

    private static double[] joined(Stream<double[]> parts) {
        return parts.flatMapToDouble(Arrays::stream).toArray();
    }

    /** The runs of the cells that make bowls: the others say nothing. */
    private Runs behind(List<Bowl> bowls) {
        Set<Integer> places = bowls.stream()
                .flatMapToInt(bowl -> IntStream.of(bowl.cell().members()))
                .boxed()
                .collect(Collectors.toSet());
        return runs.fitted().where(places::contains);
    }

    /** One law for each knob; null if there are too few bowls, or they do not tell one of them. */
    private List<PowerFit> laws(List<Bowl> bowls, List<Knob> knobs) {
        if (bowls.size() < FEWEST_CELLS) {
            return null;
        }
        List<PowerFit> laws = new ArrayList<>();
        for (Knob knob : knobs) {
            List<String> form = settings.forms().get(knob);
            if (form != null) {
                requireKnown(knob, form);
            }
            laws.add(PowerFit.of(knob, bowls, form));
        }
        return laws.contains(null) ? null : laws;
    }

    private void requireKnown(Knob knob, List<String> form) {
        for (String variable : form) {
            if (!grid.getFirst().point().containsKey(variable)) {
                throw new DataException("--form: %s is to depend on %s, which the grid does not have; it has %s"
                        .formatted(
                                knob.target(),
                                variable,
                                String.join(", ", grid.getFirst().point().keySet())));
            }
        }
    }

    private static Map<Knob, PowerProduct> rules(List<PowerFit> laws) {
        Map<Knob, PowerProduct> rules = new EnumMap<>(Knob.class);
        laws.forEach(law -> rules.put(law.knob(), law.rule()));
        return rules;
    }

    /** The held-out cells, or the largest ones: what the law of the others costs there. */
    private Optional<HeldOutPrediction> test(Bowls bowls) {
        boolean given = runs.keptBack().size() > 0;
        List<Cell> ordered = (given ? Cell.of(runs.keptBack()) : bowls.cells())
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
                ? bowls.all()
                : bowls.all().stream()
                        .filter(bowl -> !asked.contains(bowl.cell()))
                        .toList();
        List<PowerFit> laws = laws(used, bowls.knobs());
        if (laws == null) {
            return Optional.empty();
        }
        List<Residual> residuals = Regret.of(asked, rules(laws)).cells().stream()
                .map(each -> new Residual(
                        0, each.cell().losses()[each.cell().best()], each.cell().losses()[each.taken()]))
                .toList();
        return Optional.of(new HeldOutPrediction(
                (given ? "the cells held out" : "the largest cells, kept back for this test alone")
                        + ": loss of the run nearest to the law against the cell's best",
                used.size(),
                residuals));
    }

    private void speak(Bowls bowls) {
        int knobs = bowls.knobs().size();
        if (knobs == 1) {
            Knob only = bowls.knobs().getFirst();
            words.add("There is no law of the %s: %s. The %s is the best at the %s of each cell's best run."
                    .formatted(
                            only.other().words(),
                            Bowls.varies(grid, only.other())
                                    ? "too few cells make a bowl over both"
                                    : "no cell has three values of it",
                            only.words(),
                            only.other().words()));
        }
        if (!bowls.left().isEmpty()) {
            words.add(bowls.leftOut() + ": they are left out.");
        }
        int made = bowls.all().size();
        long borrowed = bowls.all().stream().filter(bowl -> !bowl.isOwn()).count();
        if (borrowed > 0) {
            words.add("%d cells have too few runs for a bowl of their own and borrow the others' shape."
                    .formatted(borrowed));
        }
        if (made < 6) {
            words.add("%d cells are few: the exponents rest on %d points.".formatted(made, made));
        }
    }

    private static String formula(PowerFit fit) {
        return fit.knob().target() + " = c "
                + String.join(
                        " ",
                        fit.variables().stream().map(v -> v + "^" + v.charAt(0)).toList());
    }
}
