/**
 * What goes into a fit and what comes out of it: run records (one JSON line for each training run) and law files (constants with their
 * intervals, and where they come from). Owns the two formats; must not know how laws are fitted or runs are made.
 */
package dev.calandra.laws.records;
