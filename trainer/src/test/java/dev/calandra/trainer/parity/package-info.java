/** Tests of the comparison with published numbers, and the comparison itself on the golden model. */
package dev.calandra.trainer.parity;
