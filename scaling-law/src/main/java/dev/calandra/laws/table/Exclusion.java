package dev.calandra.laws.table;

import java.util.List;

/**
 * Rows that one rule left out.
 *
 * @param rule why, in words
 * @param lines of the rows in their file
 */
public record Exclusion(String rule, List<Integer> lines) {
    public Exclusion {
        lines = List.copyOf(lines);
    }
}
