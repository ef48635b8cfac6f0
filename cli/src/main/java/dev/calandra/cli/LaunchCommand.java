package dev.calandra.cli;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.configs.ExitCode;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.run.StopRequest;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

    /** Failures that would be the same again, and ends that are none. */
    private static final Set<Integer> FINAL = Set.of(
            ExitCode.OK.code(),
            ExitCode.USAGE.code(),
            ExitCode.DATA.code(),
            ExitCode.NUMERICS.code(),
            ExitCode.STOPPED.code());

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
        for (int start = 0; ; start++) {
            long before = lastStep(directory);
            int status = run(stop);
            if (FINAL.contains(status) || restarts == 0 || stop.requested()) {
                return status;
            }
            long now = lastStep(directory);
            if (start == restarts) {
                err.println("calandra: gave up after " + restarts + " restarts; the newest valid step is " + now);
                return status;
            }
            if (start > 0 && now <= before) {
                err.println("calandra: gave up: the last start got no further than step " + before);
                return status;
            }
            err.printf(
                    "calandra: start %d of %d failed with status %d; going on from step %d%n",
                    start + 1, restarts + 1, status, now);
        }
    }

    /** The newest valid step; 0 if there is none. */
    private static long lastStep(String directory) {
        try (StorageLocation place = Storages.open(directory)) {
            return new CheckpointReader(place.storage(), place.location())
                    .newestValid()
                    .map(LaunchCommand::stepOf)
                    .orElse(0L);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long stepOf(Checkpoint checkpoint) {
        try (checkpoint) {
            return checkpoint.step();
        }
    }

    /** In a session of its own: Ctrl-C is for this process, which passes it on as a request to stop after the step. */
    private int run(StopRequest stop) throws IOException, InterruptedException {
        List<String> line =
                new ArrayList<>(List.of("setsid", "--wait", "mpirun", "--oversubscribe", "--bind-to", "none"));
        line.addAll(List.of("-n", Integer.toString(ranks)));
        line.addAll(mpirunArguments);
        line.add(Installation.current().home().resolve("scripts/calandra").toString());
        line.add(command);
        line.addAll(arguments.asArguments());
        line.addAll(others);
        ProcessBuilder builder = new ProcessBuilder(line).inheritIO();
        // mpirun refuses root without these; whoever starts this as root, as containers do, has decided already.
        builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT", "1");
        builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
        Process mpirun = builder.start();
        StopSignals.forward(mpirun, stop, spec.commandLine().getErr());
        return mpirun.waitFor();
    }
}
