/** Tests of training on many ranks: the same numbers as on one, whatever the layout. */
package dev.calandra.trainer.parallel;
