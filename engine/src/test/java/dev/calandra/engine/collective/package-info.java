/**
 * One contract of the collectives, held by threads and by processes.
 *
 * <p>Owns: what every communicator must do. Must not know: models.
 */
package dev.calandra.engine.collective;
