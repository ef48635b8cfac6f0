/**
 * The published forms of scaling laws as plain functions: constants and a run's size in, loss out. Must not know how constants are found,
 * nor files.
 */
package dev.calandra.laws.forms;
