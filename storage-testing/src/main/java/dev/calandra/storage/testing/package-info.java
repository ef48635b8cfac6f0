/** Storage for the tests of the modules that use it. No module's own code knows it. */
package dev.calandra.storage.testing;
