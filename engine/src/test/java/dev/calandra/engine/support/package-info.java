/**
 * What the engine's tests share: tensors that are closed for the test, golden files, and the cases that every
 * implementation of the kernels is run through.
 *
 * <p>Owns: making inputs, keeping outputs, comparing them. Must not know: which implementation is under test.
 */
package dev.calandra.engine.support;
