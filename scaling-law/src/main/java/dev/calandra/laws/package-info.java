/**
 * What a model costs (parameters, FLOPs per token) and the laws that relate compute to hyper-parameters. Pure arithmetic
 * on configs and numbers: it must not know tensors, training, data or storage.
 */
package dev.calandra.laws;
