package dev.calandra.laws.table;

import java.util.List;
import java.util.Objects;

/**
 * Which rows of a table are fitted, and which are kept back for a test.
 *
 * @param map what the variables are computed from
 * @param where condition for a row to be looked at; empty for all
 * @param drop condition for a row to be left out; empty for none
 * @param dropHighest how many of the rows with the highest loss are left out
 * @param maximumLoss a run with a higher loss counts as diverged
 * @param repeats what becomes of runs that are equal in every variable
 * @param holdOut condition for a row to be kept back; empty for none
 * @param finished words that a column {@code status} may hold of a run that counts, besides the usual ones
 */
public record Selection(
        ColumnMap map,
        String where,
        String drop,
        int dropHighest,
        double maximumLoss,
        Repeats repeats,
        String holdOut,
        List<String> finished) {
    /** A loss in nats above which a run is no better than guessing among 200,000 tokens. */
    public static final double GUESSING = Math.log(200_000);

    public Selection {
        Objects.requireNonNull(map, "map");
        Objects.requireNonNull(repeats, "repeats");
        finished = List.copyOf(finished);
        if (dropHighest < 0) {
            throw Wrong.usage("--drop-highest must not be negative, is " + dropHighest);
        }
        if (!(maximumLoss > 0)) {
            throw Wrong.usage("--max-loss must be above 0, is " + maximumLoss);
        }
    }

    /** What becomes of rows that are equal in every variable that is fitted. */
    public enum Repeats {
        /** A row that is equal to an earlier one in its loss too is left out; runs that differ in their loss all count. */
        EXCLUDE,
        /** All count. */
        KEEP,
        /** Of runs that differ in nothing but their loss only the best counts: for a law of size, from runs that varied the rest. */
        BEST
    }

    /** All rows, by a map. */
    public static Selection of(String map) {
        return new Selection(ColumnMap.parse(List.of(map)), "", "", 0, GUESSING, Repeats.EXCLUDE, "", List.of());
    }

    /** The same with another map. */
    public Selection with(ColumnMap other) {
        return new Selection(other, where, drop, dropHighest, maximumLoss, repeats, holdOut, finished);
    }
}
