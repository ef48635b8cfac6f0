package dev.calandra.cli;

import dev.calandra.checkpoints.RunClaim;
import dev.calandra.trainer.run.StopRequest;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** Starts {@code pretrain} as several processes under {@code mpirun}, and again after a failure. */
@Command(
        name = "launch",
        description =
                "Train on several ranks, each a process, under Open MPI's mpirun; start again after a failure from the"
                        + " last valid step. Options that are not listed here go to the command.")
final class LaunchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--ranks", paramLabel = "N", required = true, description = "Processes to start.")
    private int ranks;

    @Option(
            names = "--restarts",
            paramLabel = "R",
            description =
                    "Start again after a failure up to R times, as long as each start gets further than the one before.")
    private int restarts;

    @Option(
            names = "--mpirun",
            paramLabel = "ARGUMENT",
            description = "Passed to mpirun, such as --mpirun=--hostfile --mpirun=hosts; may be repeated.")
    private List<String> mpirunArguments = List.of();

    @Parameters(index = "0", paramLabel = "pretrain", description = "The command to run; pretrain is the only one.")
    private String command;

    @Mixin
    private ConfigArguments arguments;

    @Unmatched
    private List<String> others = List.of();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!command.equals("pretrain")) {
            throw new ParameterException(spec.commandLine(), "'" + command + "' cannot be launched; only pretrain can");
        }
        if (ranks < 1 || restarts < 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--ranks must be at least 1 and --restarts at least 0, are " + ranks + " and " + restarts);
        }
        if (Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .noneMatch(folder -> Files.isExecutable(Path.of(folder, "mpirun")))) {
            throw new ParameterException(
                    spec.commandLine(),
                    "mpirun is not on the PATH; install Open MPI (Debian: apt-get install openmpi-bin), or use pretrain --local-ranks");
        }
        String directory = arguments.load().config().run().directory();
        PrintWriter err = spec.commandLine().getErr();
        StopRequest stop = new StopRequest();
        LaunchedRanks launched = new LaunchedRanks(stop, err);
        StopSignals.forward(launched, err);
        Map<String, String> environment = environment();
        return new Restarts(restarts, () -> SavedProgress.of(directory), stop, err)
                .run((first, saved) -> launched.run(line(first, saved), environment));
    }

    /** One name for all starts, by which each knows that the one before it has ended. */
    private static Map<String, String> environment() {
        return Map.of(
                RunClaim.LAUNCH_VARIABLE,
                UUID.randomUUID().toString(),
                // mpirun refuses root without these; whoever starts this as root, as containers do, has decided
                // already.
                "OMPI_ALLOW_RUN_AS_ROOT",
                "1",
                "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
                "1");
    }

    /** In a session of its own: Ctrl-C is for this process, which passes it on as a request to stop after the step. */
    private List<String> line(boolean first, boolean saved) {
        List<String> line =
                new ArrayList<>(List.of("setsid", "--wait", "mpirun", "--oversubscribe", "--bind-to", "none"));
        line.addAll(List.of("-x", RunClaim.LAUNCH_VARIABLE, "-n", Integer.toString(ranks)));
        line.addAll(mpirunArguments);
        line.add(Installation.current().home().resolve("scripts/calandra").toString());
        line.add(command);
        if (spec.root().userObject() instanceof CalandraCommand root && root.verbose()) {
            line.add("--verbose");
        }
        line.addAll(arguments.asArguments());
        line.addAll(forStart(others, first, saved));
        return line;
    }

    /**
     * A run is taken over from others once, by the first start: whoever has claimed it since is to be respected. It goes back to a
     * step until it has saved another.
     */
    static List<String> forStart(List<String> options, boolean first, boolean saved) {
        List<String> kept = new ArrayList<>();
        for (Iterator<String> rest = options.iterator(); rest.hasNext(); ) {
            String option = rest.next();
            boolean back = option.equals("--step") || option.startsWith("--step=");
            boolean takeover = option.startsWith("--takeover");
            if ((back && saved) || (takeover && !first)) {
                if (option.equals("--step") && rest.hasNext()) {
                    rest.next();
                }
            } else {
                kept.add(option);
            }
        }
        return kept;
    }
}
