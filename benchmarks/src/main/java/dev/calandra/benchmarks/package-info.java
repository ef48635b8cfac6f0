/**
 * JMH measurements of single kernels at the sizes of the pico preset. Not shipped, never a test.
 *
 * <p>Owns: shapes and random inputs of the measurements. Must not know: models, data, checkpoints.
 */
package dev.calandra.benchmarks;
