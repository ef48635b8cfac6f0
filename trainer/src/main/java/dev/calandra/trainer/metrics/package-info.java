/**
 * What a run says about itself: the line and the JSON record of each step, and the detector of spikes.
 *
 * <p>Owns: field names and their order, which never change. Must not know: models, kernels, files.
 */
package dev.calandra.trainer.metrics;
