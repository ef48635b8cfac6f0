package dev.calandra.laws.table;

/**
 * A row of a table.
 *
 * @param line where it begins in its file, from 1; of an object in a JSON array, its place from 1
 * @param cells text of each column, stripped; empty where there is none
 */
record Row(int line, String[] cells) {}
