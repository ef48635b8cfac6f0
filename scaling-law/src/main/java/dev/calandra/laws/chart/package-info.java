/**
 * Draws charts as SVG: points, lines and bands over linear or logarithmic axes. The colour of ink is the page's, so that charts read on
 * light and dark ones. Must not know laws or runs.
 */
package dev.calandra.laws.chart;
