/** What the tests of several modules share. Knows no other module, and no module's own code knows it. */
package dev.calandra.testing;
