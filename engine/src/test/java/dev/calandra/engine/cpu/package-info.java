/** Tests of what the fast kernels keep to themselves: the libraries they multiply with, and the panels they feed them. */
package dev.calandra.engine.cpu;
