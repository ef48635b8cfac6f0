package dev.calandra.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import org.slf4j.LoggerFactory;

/** The log of libraries, of which a user normally sees warnings only. */
final class LibraryLog {

    private LibraryLog() {}

    /** Shows errors only, of everything: another rank says the rest. */
    static void hide() {
        for (String name : List.of(org.slf4j.Logger.ROOT_LOGGER_NAME, LogSetup.CALANDRA)) {
            ((Logger) LoggerFactory.getLogger(name)).setLevel(Level.ERROR);
        }
    }

    /** Shows what libraries tell, too; for the rest of the process. */
    static void show() {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
        ((Logger) LoggerFactory.getLogger(LogSetup.HADOOP)).setLevel(Level.INFO);
    }
}
