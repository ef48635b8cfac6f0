package dev.calandra.cli;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root command: lists the others. */
@Command(
        name = "calandra",
        description = "FP8 mixed-precision pretraining of Ling-style mixture-of-experts language models on the JVM.",
        version = "calandra 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        scope = ScopeType.LOCAL,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:done",
            "2:the command line or the config is wrong",
            "3:a corpus, shard or tokenizer is missing or damaged",
            "4:a checkpoint is missing, damaged or of another model",
            "5:training diverged, or a comparison left its tolerance",
            "6:another trainer has taken the run over",
            "7:a rank was lost, or the ranks cannot reach each other",
            "70:a bug of Calandra's",
            "75:stopped early; the same command resumes"
        })
final class CalandraCommand implements Runnable {

    /** In the order of the help. A command's name is that of its class, which {@code MainTest} holds. */
    private static final List<Class<?>> COMMANDS = List.of(
            DemoCommand.class,
            TokenizeCommand.class,
            PretrainCommand.class,
            SweepCommand.class,
            LaunchCommand.class,
            GenerateCommand.class,
            EvaluateCommand.class,
            InspectCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            MergeCommand.class,
            ConfigCommand.class,
            PlanCommand.class,
            RecommendCommand.class,
            MixtureCommand.class,
            FitCommand.class,
            RegretCommand.class,
            BenchCommand.class,
            ParityCommand.class,
            DoctorCommand.class);

    @Spec
    private CommandSpec spec;

    @CommandLine.Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and exit.")
    private boolean help;

    @CommandLine.Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Print the version and exit.")
    private boolean version;

    @CommandLine.Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print the log of libraries, and stack traces of errors.")
    private boolean verbose;

    /**
     * This command with those below it, or with the only one of them that matters when the arguments begin with its name:
     * to look into all takes longer than many a command.
     */
    CommandLine commandLine(List<String> arguments) {
        String first = arguments.isEmpty() ? "" : arguments.getFirst();
        List<Class<?>> named =
                COMMANDS.stream().filter(command -> name(command).equals(first)).toList();
        CommandLine root = new CommandLine(this);
        (named.isEmpty() ? COMMANDS : named).forEach(root::addSubcommand);
        return root;
    }

    private static String name(Class<?> command) {
        return command.getSimpleName().replace("Command", "").toLowerCase(Locale.ROOT);
    }

    /** Whether the user wants to see more than results and messages; known after parsing. */
    boolean verbose() {
        return verbose;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "which command? Give one of those listed by --help");
    }
}
