/**
 * The commands, one class each, and what they share: error reporting, exit codes, tables.
 *
 * <p>Owns: arguments, what is printed on the terminal, the exit status of the process, and the demo's script of steps.
 * Must not know: how anything is trained, stored, read or computed; commands call the modules that do.
 */
package dev.calandra.cli;
