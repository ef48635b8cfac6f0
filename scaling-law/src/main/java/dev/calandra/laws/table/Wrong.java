package dev.calandra.laws.table;

import dev.calandra.configs.CalandraException;
import dev.calandra.configs.ExitCode;

/** Failures of what the user wrote on the command line. */
final class Wrong {
    private Wrong() {}

    static CalandraException usage(String message) {
        return new CalandraException(ExitCode.USAGE, message);
    }
}
