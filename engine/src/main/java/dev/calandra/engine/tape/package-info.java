/**
 * Reverse-mode automatic differentiation over the kernels: the forward pass is written as calls of operations, each of
 * which records how to go back.
 *
 * <p>Owns: which values the backward pass keeps, when they are freed, how gradients add up, recomputation. Must not
 * know: models and their layers, losses' scaling, optimizers, configs.
 */
package dev.calandra.engine.tape;
