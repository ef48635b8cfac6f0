package dev.calandra.cli;

import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.checkpoints.RunClaim;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.trainer.Surroundings;
import dev.calandra.trainer.TrainingOptions;
import dev.calandra.trainer.TrainingRun;
import dev.calandra.trainer.run.StopRequest;
import java.io.PrintWriter;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a config to the end of its run, from the newest checkpoint in its run folder if there is one. */
@Command(
        name = "pretrain",
        description =
                "Train a config; goes on by itself from the newest checkpoint in its run folder. SIGTERM or Ctrl-C"
                        + " finishes the step, saves, and ends with status 75.")
final class PretrainCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments arguments;

    @Option(
            names = "--allow-change",
            paramLabel = "KEY",
            description = "A key, or the start of one, that may differ from the checkpoint's config; may be repeated.")
    private Set<String> allowChange = Set.of();

    @Option(
            names = "--accept-data-change",
            description = "Go on although a source's shards are not those of the checkpoint.")
    private boolean acceptDataChange;

    @Option(names = "--stop-after", paramLabel = "STEP", description = "Save and end after this step, as if asked to.")
    private Long stopAfter;

    @Option(
            names = "--step",
            paramLabel = "STEP",
            description =
                    "Resume from exactly this step, and fail if it is damaged; newer steps are set aside, not deleted.")
    private Long fromStep;

    @Option(
            names = "--takeover",
            description =
                    "Claim a run folder that another trainer holds: that one can save nothing more and ends at its next save.")
    private boolean takeover;

    @Mixin
    private RankedCommand ranks;

    @Override
    public Integer call() {
        LoadedConfig config = arguments.load();
        TrainingOptions options = options();
        StopRequest stop = new StopRequest();
        StopSignals.watch(stop, spec.commandLine().getErr());
        return ranks.run(
                config.config().parallel(), (world, neighbours) -> train(config, options, stop, world, neighbours));
    }

    /** A run on several ranks that fails is not closed: its last save might wait for ranks that wait for this one to say that it failed. */
    private int train(
            LoadedConfig config, TrainingOptions options, StopRequest stop, Communicator world, int neighbours) {
        PrintWriter out = spec.commandLine().getOut();
        TrainingRun run = TrainingRun.open(
                config, options, new Surroundings(System::nanoTime, out::println, stop), world, neighbours);
        ExitCode end;
        try {
            end = run.train();
        } catch (RuntimeException | Error e) {
            if (world.size() > 1) {
                throw e;
            }
            try (run) {
                throw e;
            }
        }
        if (world.rank() == 0) {
            String where =
                    "step " + run.step() + " of " + config.config().run().steps() + ", saved in " + run.directory();
            String how = end == ExitCode.OK
                    ? "done: " + where
                    : "stopped: " + where + "; the same command goes on from there";
            spec.commandLine().getErr().println("calandra: " + how);
        }
        run.close();
        return end.code();
    }

    private TrainingOptions options() {
        if (stopAfter != null && stopAfter < 1) {
            throw new ParameterException(spec.commandLine(), "--stop-after must be at least 1, is " + stopAfter);
        }
        if (fromStep != null && (fromStep < 0 || fromStep > CheckpointStore.MAX_STEP)) {
            throw new ParameterException(
                    spec.commandLine(), "--step must be 0 to " + CheckpointStore.MAX_STEP + ", is " + fromStep);
        }
        OptionalLong last = stopAfter == null ? OptionalLong.empty() : OptionalLong.of(stopAfter);
        OptionalLong from = fromStep == null ? OptionalLong.empty() : OptionalLong.of(fromStep);
        return new TrainingOptions(
                allowChange, acceptDataChange, last, from, takeover ? RunClaim.Rival.FENCE : RunClaim.Rival.RESPECT);
    }
}
