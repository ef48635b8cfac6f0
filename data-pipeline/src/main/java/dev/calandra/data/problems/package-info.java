/**
 * Arithmetic and word problems with worked steps and answers that can be checked, as a pure function of (seed, index). Owns the families
 * of problems, their wording and the reading of answers. It knows the mixer of numbers, but must not
 * know documents, tokens or how the problems are used.
 */
package dev.calandra.data.problems;
