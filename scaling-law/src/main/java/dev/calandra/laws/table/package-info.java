/**
 * Any table of runs as numbers: reads CSV and JSON, computes columns from expressions, keeps rows by conditions, and says of every row
 * that is left out by which rule. Must not know laws.
 */
package dev.calandra.laws.table;
