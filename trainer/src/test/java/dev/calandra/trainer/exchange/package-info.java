/** Tests of weights that come and go. */
package dev.calandra.trainer.exchange;
