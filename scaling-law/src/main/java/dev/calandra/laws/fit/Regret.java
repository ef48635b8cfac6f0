package dev.calandra.laws.fit;

import dev.calandra.configs.DataException;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.records.PowerProduct;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What following a law would have cost on a grid that was run in full: in each cell the run nearest to the law's choice, by logarithms,
 * against the best run of the cell.
 *
 * @param cells in the order of the grid
 */
public record Regret(List<Choice> cells) {
    public Regret {
        cells = List.copyOf(cells);
    }

    /**
     * One cell.
     *
     * @param cell its runs
     * @param rate that the law chooses
     * @param batch that the law chooses, tokens
     * @param taken place of the nearest run
     */
    public record Choice(Cell cell, double rate, double batch, int taken) {
        /** Loss of the nearest run over the cell's best, less one. */
        public double excess() {
            return cell.losses()[taken] / cell.losses()[cell.best()] - 1;
        }

        /** Loss of the nearest run less the cell's best, nats. */
        public double difference() {
            return cell.losses()[taken] - cell.losses()[cell.best()];
        }
    }

    /**
     * Follows a law through cells.
     *
     * @throws dev.calandra.configs.DataException if the law does not choose learning rate and batch size
     */
    public static Regret of(List<Cell> cells, LawFile law) {
        return of(cells, law.rule("learning_rate"), law.rule("batch_tokens"));
    }

    static Regret of(List<Cell> cells, PowerProduct rateRule, PowerProduct batchRule) {
        for (PowerProduct rule : List.of(rateRule, batchRule)) {
            for (String variable : rule.variables()) {
                if (!cells.getFirst().point().containsKey(variable)) {
                    throw new DataException("the law chooses by %s, which the grid does not have: add %s=... to --map"
                            .formatted(variable, variable));
                }
            }
        }
        List<Choice> choices = new ArrayList<>();
        for (Cell cell : cells) {
            double rate = rateRule.at(cell.point());
            double batch = batchRule.at(cell.point());
            choices.add(new Choice(cell, rate, batch, cell.nearest(rate, batch)));
        }
        return new Regret(choices);
    }

    /** The cells in which there was something to choose: those with more than one run. */
    public Regret contested() {
        return new Regret(
                cells.stream().filter(choice -> choice.cell().size() > 1).toList());
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
