package dev.calandra.laws.table;

/** A number computed from a row; NaN where the row lacks one that is needed. */
@FunctionalInterface
interface Expression {
    /** @throws dev.calandra.configs.DataException if a cell that should hold a number holds text */
    double at(Row row);
}
