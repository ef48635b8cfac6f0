package dev.calandra.laws.fit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The bowls of a grid's cells over both knobs, or over one of them with the other held at the value of the cell's best run.
 *
 * @param knobs what the bowls are over
 * @param cells that were looked at, cut down to the runs at one value of the other knob where there is one knob
 * @param all bowls, one for each cell that makes one whose lowest point lies within the grid
 * @param left how many cells have none, by the reason
 */
record Bowls(List<Knob> knobs, List<Cell> cells, List<Bowl> all, Map<Reason, Integer> left) {
    private static final int FEWEST_VALUES = 3;

    /** Why a cell has no bowl. */
    enum Reason {
        FEW("have fewer than 3 runs"),
        EDGE("have their lowest point at the edge of the grid"),
        FLAT("do not curve up around a lowest point, or have too few runs near it");

        private final String words;

        Reason(String words) {
            this.words = words;
        }
    }

    /** Whether some cell holds enough values of a knob for a bowl over it. */
    static boolean varies(List<Cell> cells, Knob knob) {
        return cells.stream().anyMatch(cell -> Cell.distinct(knob.of(cell)) >= FEWEST_VALUES);
    }

    static Bowls of(List<Cell> grid, List<Knob> knobs, long seed) {
        List<Cell> cells = knobs.size() > 1
                ? grid
                : grid.stream()
                        .map(cell -> cell.along(knobs.getFirst(), FEWEST_VALUES))
                        .toList();
        Map<Cell, Bowl> own = cells.stream()
                .map(cell -> Bowl.own(cell, knobs, seed))
                .filter(Objects::nonNull)
                .collect(Collectors.toMap(Bowl::cell, bowl -> bowl));
        List<Bowl> inside = own.values().stream().filter(Bowl::isInside).toList();
        double[] typical = inside.isEmpty() ? null : Bowl.typical(inside);
        List<Bowl> bowls = new ArrayList<>();
        Map<Reason, Integer> left = new EnumMap<>(Reason.class);
        for (Cell cell : cells) {
            Bowl bowl = own.get(cell);
            if ((bowl == null || !bowl.isInside()) && typical != null) {
                bowl = Bowl.shaped(cell, knobs, typical, seed);
            }
            if (bowl != null && bowl.isInside()) {
                bowls.add(bowl);
            } else {
                left.merge(reason(cell, bowl, knobs), 1, Integer::sum);
            }
        }
        return new Bowls(knobs, cells, bowls, left);
    }

    private static Reason reason(Cell cell, Bowl bowl, List<Knob> knobs) {
        if (cell.size() < Bowl.FEWEST_SHAPED) {
            return Reason.FEW;
        }
        return bowl == null ? Reason.FLAT : Reason.EDGE;
    }

    /** What the bowls are over, for people. */
    String over() {
        return knobs.stream().map(Knob::words).collect(Collectors.joining(" and "));
    }

    /** How many cells have no bowl, and why; empty where all have one. */
    String leftOut() {
        return left.entrySet().stream()
                .map(each -> "%d of %d cells %s".formatted(each.getValue(), cells.size(), each.getKey().words))
                .collect(Collectors.joining(", "));
    }
}
