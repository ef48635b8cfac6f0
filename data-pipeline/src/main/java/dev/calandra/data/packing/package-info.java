/**
 * The arithmetic of putting documents together into sequences of equal length: which pieces of which documents share a sequence. It knows
 * lengths only; it must not know files, tokens or mixtures.
 */
package dev.calandra.data.packing;
