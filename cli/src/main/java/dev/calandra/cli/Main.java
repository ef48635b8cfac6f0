package dev.calandra.cli;

import dev.calandra.configs.ExitCode;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** Entry point: parses the command line, runs one command, and ends the process with its exit status. */
public final class Main {

    private Main() {}

    /** @param arguments the command and its options; see {@code calandra --help} */
    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(out, err, List.of(arguments)));
    }

    /**
     * Runs one command in this process.
     *
     * @param out where results go
     * @param err where errors and progress notes go
     * @return the exit status, see {@link ExitCode}
     */
    static int run(PrintWriter out, PrintWriter err, List<String> arguments) {
        CalandraCommand root = new CalandraCommand();
        CommandLine calandra = root.commandLine(arguments)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(110)
                .setUsageHelpAutoWidth(true)
                .setExecutionStrategy(parsed -> execute(root, parsed))
                .setParameterExceptionHandler(usageErrors())
                .setExecutionExceptionHandler((failure, command, parsed) ->
                        ErrorReport.print(failure, root.verbose(), err).code());
        try {
            return calandra.execute(arguments.toArray(String[]::new));
        } catch (Error e) {
            return ErrorReport.print(e, true, err).code();
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static int execute(CalandraCommand root, ParseResult parsed) {
        if (root.verbose()) {
            LibraryLog.show();
        }
        return new RunLast().execute(parsed);
    }

    private static IParameterExceptionHandler usageErrors() {
        return (ParameterException failure, String[] arguments) -> {
            CommandLine command = failure.getCommandLine();
            PrintWriter err = command.getErr();
            err.println("calandra: " + ErrorReport.oneLine(failure.getMessage()));
            UnmatchedArgumentException.printSuggestions(failure, err);
            err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
            return ExitCode.USAGE.code();
        };
    }
}
