/**
 * Many small runs, side by side, and one record for each. Owns: which runs a sweep file stands for, their names, the order in
 * which they are trained, when one is given up, and {@code runs.jsonl}. Must not know: how a step is computed, how laws are
 * fitted, or how progress is shown.
 */
package dev.calandra.trainer.sweep;
