/**
 * What laws choose for a run: learning rate and batch size of a config, and a whole config for a budget. Owns where a run stands
 * among the variables of laws, and the ladder of sizes; must not know how laws are fitted.
 */
package dev.calandra.laws.choice;
