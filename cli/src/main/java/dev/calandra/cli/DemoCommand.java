package dev.calandra.cli;

import dev.calandra.configs.ExitCode;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.trainer.Surroundings;
import dev.calandra.trainer.TrainingOptions;
import dev.calandra.trainer.TrainingRun;
import dev.calandra.trainer.run.StopRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The whole way in some minutes: text, shards, training in FP8, a checkpoint, a resumed run, generated text, a summary.
 */
@Command(
        name = "demo",
        description =
                "Train a small FP8 mixture-of-experts model on text that this machine has: the JDK's own sources and"
                        + " generated problems. Goes on where an interrupted demo stopped; starts anew after a finished one.")
final class DemoCommand implements Callable<Integer> {
    /** Steps that are left to a second trainer, which starts from the first one's checkpoint. */
    private static final int RESUMED_STEPS = 5;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--directory",
            paramLabel = "FOLDER",
            defaultValue = "runs/demo",
            description = "Where text and run are kept (default ${DEFAULT-VALUE}).")
    private Path directory;

    @Option(
            names = "--minutes",
            defaultValue = "5",
            description = "Length of the training; a short measurement turns it into a number of steps (default"
                    + " ${DEFAULT-VALUE}).")
    private double minutes;

    @Option(names = "--steps", paramLabel = "N", description = "Number of steps, instead of --minutes.")
    private Integer steps;

    @Option(
            names = "--source",
            paramLabel = "NAME=PATH:KIND",
            description =
                    "Text of your own instead of the JDK's sources: a .jsonl or text file or a folder of them; kind is"
                            + " general or reasoning; may be repeated.")
    private List<String> sources = List.of();

    @Override
    public Integer call() throws IOException {
        requirePositive();
        PrintWriter out = spec.commandLine().getOut();
        StopRequest stop = new StopRequest();
        StopSignals.watch(stop, spec.commandLine().getErr());
        DemoRun demo = new DemoRun(directory, Installation.current(), out::println);
        LoadedConfig config = demo.unfinished().orElse(null);
        if (config == null) {
            config = demo.prepare(DemoCorpus.sources(sources, out::println), minutes, steps);
        }
        return train(demo, config, new Surroundings(System::nanoTime, out::println, stop));
    }

    private int train(DemoRun demo, LoadedConfig config, Surroundings surroundings) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        int total = config.config().run().steps();
        long first = Math.max(1, total - RESUMED_STEPS);
        TrainingOptions stopEarly = new TrainingOptions(Set.of(), false, OptionalLong.of(first));
        try (TrainingRun run = TrainingRun.open(config, stopEarly, surroundings)) {
            run.train();
        }
        if (surroundings.stop().requested()) {
            out.println("Stopped and saved; 'calandra demo' goes on from there.");
            return ExitCode.STOPPED.code();
        }
        out.printf("Saved and closed at step %d. A second trainer resumes from the checkpoint.%n", first);
        try (TrainingRun run = TrainingRun.open(config, TrainingOptions.NONE, surroundings)) {
            ExitCode end = run.train();
            if (end != ExitCode.OK) {
                return end.code();
            }
            demo.generate(config.config(), run.model());
        }
        demo.summarise(config.config());
        return ExitCode.OK.code();
    }

    private void requirePositive() {
        if (!(minutes > 0)) {
            throw new ParameterException(spec.commandLine(), "--minutes must be above 0, is " + minutes);
        }
        if (steps != null && steps < 2) {
            throw new ParameterException(spec.commandLine(), "--steps must be at least 2, is " + steps);
        }
    }
}
