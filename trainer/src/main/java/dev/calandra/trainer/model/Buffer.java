package dev.calandra.trainer.model;

import dev.calandra.engine.Tensor;

/**
 * State of the model that is saved but has no gradient: the biases that balance experts.
 *
 * @param name published name
 * @param value F32; borrowed
 */
public record Buffer(String name, Tensor value) {}
