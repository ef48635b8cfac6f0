/**
 * The arithmetic of order: which source gives the n-th sample, and which of its windows comes next. Owns the schedule's integral, its
 * apportionment to whole samples and the permutations. It must not know files, tokens or documents; everything here is a pure function of
 * numbers.
 */
package dev.calandra.data.mixture;
