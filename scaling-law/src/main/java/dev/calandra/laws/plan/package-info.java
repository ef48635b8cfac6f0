/**
 * What a run costs a machine: bytes on each rank, bytes between ranks, from a config and a layout. Owns the arithmetic of what the
 * trainer holds and sends; must not know tensors or run anything. The trainer's tests hold it against the real memory.
 */
package dev.calandra.laws.plan;
