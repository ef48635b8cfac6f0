/** Tests of the precision recipes: what is encoded from what, and how well. */
package dev.calandra.engine.recipe;
