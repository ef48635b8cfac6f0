/**
 * The kernels once more, in plain ND4J operations and double precision: the oracle that faster implementations are held
 * against, and a way to run on any ND4J backend.
 *
 * <p>Owns: the mathematics of every operation, forward and backward, on DOUBLE arrays (one class per topic, usable
 * without tensors, so that finite differences can be taken), the adapter that copies tensors in and results out, and the
 * {@code INDArray} view of a tensor. Must not know: how other implementations work, models, recipes, files.
 */
package dev.calandra.engine.nd4j;
