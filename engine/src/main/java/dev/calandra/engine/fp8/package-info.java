/**
 * The FP8 formats bit by bit: encode, decode, the scale of a tile. Plain scalar Java, the definition that every vector
 * or device version is held against.
 *
 * <p>Owns: formats and scaling rules. Must not know: tensors, memory, threads.
 */
package dev.calandra.engine.fp8;
