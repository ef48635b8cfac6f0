package dev.calandra.cli;

import dev.calandra.configs.ExitCode;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
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
        CommandLine calandra = new CommandLine(new CalandraCommand())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(110)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(usageErrors())
                .setExecutionExceptionHandler(failures());
        int status = calandra.execute(arguments.toArray(String[]::new));
        out.flush();
        err.flush();
        return status;
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

    private static IExecutionExceptionHandler failures() {
        return (Exception failure, CommandLine command, CommandLine.ParseResult parsed) -> {
            boolean verbose = parsed.hasMatchedOption("--verbose");
            return ErrorReport.print(failure, verbose, command.getErr()).code();
        };
    }
}
