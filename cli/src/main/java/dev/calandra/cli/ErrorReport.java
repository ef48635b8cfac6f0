package dev.calandra.cli;

import dev.calandra.checkpoints.SupersededException;
import dev.calandra.configs.CalandraException;
import dev.calandra.configs.DataException;
import dev.calandra.configs.ExitCode;
import dev.calandra.engine.collective.MpiException;
import dev.calandra.engine.collective.MpiUnavailableException;
import dev.calandra.engine.collective.RankFailedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Turns a failure into what the user reads and the status the process ends with. */
final class ErrorReport {

    private ErrorReport() {}

    /**
     * Prints a failure: one line per problem where the user can act, a stack trace where the fault is ours.
     *
     * @param verbose print the stack trace in any case
     */
    static ExitCode print(Throwable failure, boolean verbose, PrintWriter err) {
        if (failure instanceof RankFailedException lost && lost.getCause() != null) {
            err.println("calandra: rank " + lost.rank() + " failed:");
            return print(lost.getCause(), verbose, err);
        }
        ExitCode exitCode = exitCode(failure);
        if (exitCode == ExitCode.INTERNAL) {
            failure.printStackTrace(err);
            err.println("calandra: this is a bug of Calandra's. Please report it with the lines above, the command and"
                    + " the output of 'calandra doctor'.");
            return exitCode;
        }
        message(failure).lines().forEach(line -> err.println("calandra: " + line));
        if (verbose) {
            failure.printStackTrace(err);
        }
        return exitCode;
    }

    /** A failure to read what the user named. */
    static DataException unreadable(String location, IOException failure) {
        // A file system's own failures name the file already.
        String place = failure instanceof FileSystemException ? "" : location + ": ";
        return new DataException(place + message(failure), failure);
    }

    /** Joins the lines of a message. */
    static String oneLine(String message) {
        return String.join(" ", message.lines().map(String::strip).toList());
    }

    private static ExitCode exitCode(Throwable failure) {
        return switch (failure) {
            case SupersededException superseded -> ExitCode.SUPERSEDED;
            case CalandraException known -> known.exitCode();
            case UncheckedIOException unchecked -> exitCode(unchecked.getCause());
            case IOException io -> ExitCode.DATA;
            case MpiUnavailableException missing -> ExitCode.USAGE;
            case MpiException mpi -> ExitCode.RANKS;
            case RankFailedException lost -> ExitCode.RANKS;
            default -> ExitCode.INTERNAL;
        };
    }

    private static String message(Throwable failure) {
        return switch (failure) {
            case CalandraException known -> known.getMessage();
            case UncheckedIOException unchecked -> message(unchecked.getCause());
            case NoSuchFileException missing -> missing.getFile() + ": no such file or folder; check the path.";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied; check its owner and mode.";
            case FileSystemException other ->
                other.getFile() + ": " + (other.getReason() == null ? other.toString() : other.getReason());
            case IOException io -> "reading or writing failed: " + io.getMessage();
            case RankFailedException lost -> lost.getMessage();
            case MpiException mpi -> mpi.getMessage();
            default -> failure.toString();
        };
    }
}
