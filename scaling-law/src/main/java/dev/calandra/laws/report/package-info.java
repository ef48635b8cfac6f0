/**
 * Shows fitted laws: as JSON for programs and as one self-contained HTML page for people. Must not know how laws are fitted or where runs
 * come from.
 */
package dev.calandra.laws.report;
