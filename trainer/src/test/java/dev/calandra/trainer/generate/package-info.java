/** Tests of generation: the cache changes nothing, drawing is reproducible. */
package dev.calandra.trainer.generate;
