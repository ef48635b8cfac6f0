package dev.calandra.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** The log of libraries, of which a user normally sees warnings only. */
final class LibraryLog {

    private LibraryLog() {}

    /** Shows what libraries tell, too; for the rest of the process. */
    static void show() {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
    }
}
