/**
 * The small numerical methods that fits are made of: symmetric linear systems, non-negative least squares, robust non-linear regression,
 * quantiles, resampling. Must not know laws or runs.
 */
package dev.calandra.laws.numeric;
