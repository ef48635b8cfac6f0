package dev.calandra.laws.fit;

import dev.calandra.configs.DataException;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.records.PowerProduct;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What following a law would have cost on a grid that was run in full: in each cell the run nearest to the law's choice, by logarithms,
 * against the best run of the cell. Of a law that chooses one of learning rate and batch size, the best of the runs at the nearest value.
 *
 * @param cells in the order of the grid
 */
public record Regret(List<Choice> cells) {
    private static final double SAME = 1e-9;

    public Regret {
        cells = List.copyOf(cells);
    }

    /**
     * One cell.
     *
     * @param cell its runs
     * @param rate that the law chooses, NaN if it chooses none
     * @param batch that the law chooses, tokens, NaN if it chooses none
     * @param taken place of the nearest run
     * @param lost the point without a loss that is nearer still, if there is one: the law would not have had the run's loss
     */
    public record Choice(Cell cell, double rate, double batch, int taken, Optional<Cell.Lost> lost) {
        /** Loss of the nearest run over the cell's best, less one. */
        public double excess() {
            return cell.losses()[taken] / cell.losses()[cell.best()] - 1;
        }

        /** Loss of the nearest run less the cell's best, nats. */
        public double difference() {
            return cell.losses()[taken] - cell.losses()[cell.best()];
        }

        private static Choice of(Cell cell, double rate, double batch) {
            double[] distances = IntStream.range(0, cell.size())
                    .mapToDouble(i -> distance(cell.rates()[i], cell.batches()[i], rate, batch))
                    .toArray();
            boolean tiesByLoss = Double.isNaN(rate) || Double.isNaN(batch);
            int taken = 0;
            for (int i = 1; i < distances.length; i++) {
                double gain = distances[taken] - distances[i];
                if (gain > SAME || tiesByLoss && gain > -SAME && cell.losses()[i] < cell.losses()[taken]) {
                    taken = i;
                }
            }
            double reached = distances[taken];
            Optional<Cell.Lost> lost = cell.lost().stream()
                    .filter(each -> distance(each.rate(), each.batch(), rate, batch) < reached - SAME)
                    .findFirst();
            return new Choice(cell, rate, batch, taken, lost);
        }

        private static double distance(double rate, double batch, double wantedRate, double wantedBatch) {
            double byRate = Double.isNaN(wantedRate) ? 0 : Math.log(rate / wantedRate);
            double byBatch = Double.isNaN(wantedBatch) ? 0 : Math.log(batch / wantedBatch);
            return Math.hypot(byRate, byBatch);
        }
    }

    /**
     * Follows a law through cells.
     *
     * @throws dev.calandra.configs.DataException if the law chooses neither learning rate nor batch size
     */
    public static Regret of(List<Cell> cells, LawFile law) {
        Map<Knob, PowerProduct> rules = new EnumMap<>(Knob.class);
        for (Knob knob : Knob.values()) {
            if (law.targets().contains(knob.target())) {
                rules.put(knob, law.rule(knob.target()));
            }
        }
        if (rules.isEmpty()) {
            law.rule(Knob.LEARNING_RATE.target());
        }
        return of(cells, rules);
    }

    static Regret of(List<Cell> cells, Map<Knob, PowerProduct> rules) {
        for (PowerProduct rule : rules.values()) {
            for (String variable : rule.variables()) {
                if (!cells.getFirst().point().containsKey(variable)) {
                    throw new DataException("the law chooses by %s, which the grid does not have: add %s=... to --map"
                            .formatted(variable, variable));
                }
            }
        }
        return new Regret(cells.stream()
                .map(cell ->
                        Choice.of(cell, value(rules, Knob.LEARNING_RATE, cell), value(rules, Knob.BATCH_TOKENS, cell)))
                .toList());
    }

    private static double value(Map<Knob, PowerProduct> rules, Knob knob, Cell cell) {
        return rules.containsKey(knob) ? rules.get(knob).at(cell.point()) : Double.NaN;
    }

    /** The cells in which there was something to choose: those with more than one run. */
    public Regret contested() {
        return new Regret(
                cells.stream().filter(choice -> choice.cell().size() > 1).toList());
    }

    /** The cells in which a point without a loss lies nearer to the law's choice than any run. */
    public Regret lost() {
        return new Regret(
                cells.stream().filter(choice -> choice.lost().isPresent()).toList());
    }

    /** Mean of the cells' relative excess losses. */
    public double mean() {
        return cells.stream().mapToDouble(Choice::excess).average().orElse(Double.NaN);
    }

    /** Largest of the cells' relative excess losses. */
    public double largest() {
        return cells.stream().mapToDouble(Choice::excess).max().orElse(Double.NaN);
    }

    /** Cell by cell. */
    public ResultTable table(String title) {
        List<List<String>> rows = new ArrayList<>();
        for (Choice choice : cells) {
            Cell cell = choice.cell();
            rows.add(List.of(
                    Numbers.of(cell.point().get("parameters")),
                    Numbers.of(cell.point().get("tokens")),
                    "" + cell.size(),
                    Numbers.of(choice.rate()) + ", " + Numbers.of(choice.batch()),
                    Numbers.of(cell.rates()[choice.taken()]) + ", " + Numbers.of(cell.batches()[choice.taken()]),
                    Numbers.of(cell.rates()[cell.best()]) + ", " + Numbers.of(cell.batches()[cell.best()]),
                    String.format(Locale.ROOT, "%.5f", choice.difference()),
                    String.format(Locale.ROOT, "%.3f %%", 100 * choice.excess())));
        }
        return new ResultTable(
                title,
                List.of(
                        "PARAMETERS",
                        "TOKENS",
                        "RUNS",
                        "LAW'S LR, BATCH",
                        "NEAREST RUN",
                        "BEST RUN",
                        "EXCESS",
                        "RELATIVE"),
                rows);
    }
}
