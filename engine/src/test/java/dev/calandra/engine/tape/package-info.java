/** Tests of the tape: gradients against slopes, memory, recomputation. */
package dev.calandra.engine.tape;
