/**
 * Precision recipes: in which form a linear layer's activation, weight and gradient enter the matrix products, and how
 * faithful those forms are.
 *
 * <p>Owns: the choice of encoding for each operand, the life of encoded operands, FP8 health. Must not know: the tape,
 * which layers a model has, configs.
 */
package dev.calandra.engine.recipe;
