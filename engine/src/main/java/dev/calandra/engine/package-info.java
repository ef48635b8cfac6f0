/**
 * Tensors, the memory they live in, and the interface of the fused operations a model is made of.
 *
 * <p>Owns: shapes, element types, off-heap memory and who frees it, the operands of matrix products, the {@link
 * dev.calandra.engine.Kernels} contract. Must not know: models, optimizers' policies, files, configs.
 */
package dev.calandra.engine;
