/** Tests of the decoder beside the parity with published numbers: batches, names, masks, determinism, memory. */
package dev.calandra.trainer.model;
