/**
 * One list of cases per topic, each an operation at an awkward size, and the tests that run all of them: every
 * implementation against the oracle, and on several thread counts against itself.
 *
 * <p>Owns: which shapes and values are tried, and how close results must be. Must not know: how an implementation works.
 */
package dev.calandra.engine.agreement;
