/**
 * Where a step's time goes: calls of kernels with their duration, and the arithmetic and memory traffic that they cannot
 * avoid.
 *
 * <p>Owns: what one call of a kernel costs by the shapes of its operands, the record of calls, their summary against a
 * machine's limits. Must not know: models, steps' contents, how the limits are measured, how figures are printed.
 */
package dev.calandra.engine.profile;
