/**
 * Fits laws to runs: the constants, how sure they are, how well they predict runs they have not seen, and in words what the data cannot
 * tell. Must not know how tables are read, or how results are shown.
 */
package dev.calandra.laws.fit;
