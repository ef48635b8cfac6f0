package dev.calandra.cli;

import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ReleasedConfig;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.exchange.CheckpointMerge;
import dev.calandra.trainer.exchange.MergeDecay;
import dev.calandra.trainer.exchange.MergeWeights;
import dev.calandra.trainer.exchange.ModelExport;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Averages checkpoints of a run instead of letting its learning rate decay. */
@Command(
        name = "merge",
        description = "Average checkpoints of a run into a Hugging Face folder (WSM: warm up, keep the learning rate,"
                + " merge). evaluate, generate, export and import take the folder.")
final class MergeCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RUN", description = "A run folder; local or hdfs://.")
    private String location;

    @Option(names = "--last", paramLabel = "N", description = "Merge the newest N checkpoints.")
    private Integer last;

    @Option(names = "--steps", paramLabel = "A,B,C", split = ",", description = "Merge the checkpoints of these steps.")
    private List<Long> chosen;

    @Option(
            names = "--top",
            paramLabel = "N",
            description =
                    "Merge the N checkpoints whose manifests record the fewest bits per byte on held-out documents"
                            + " (mean over sources).")
    private Integer top;

    @Option(
            names = "--decay",
            paramLabel = "NAME",
            defaultValue = "mean",
            description =
                    "What the average stands for: linear or 1-sqrt decay of the learning rate, mean (all alike), ema"
                            + " (default ${DEFAULT-VALUE}).")
    private String decay;

    @Option(
            names = "--ema-keep",
            paramLabel = "SHARE",
            defaultValue = "0.8",
            description = "With ema: what the average keeps at each newer checkpoint (default ${DEFAULT-VALUE}).")
    private double kept;

    @Option(
            names = "--dtype",
            defaultValue = "f32",
            description = "Type of the merged weights: f32, bf16 or fp8 (default ${DEFAULT-VALUE}).")
    private ReleasedConfig.Weights weights;

    @Mixin
    private ExportArguments arguments;

    @Override
    public void run() {
        MergeDecay named = MergeDecay.named(decay)
                .orElseThrow(() -> usage("--decay must be one of " + MergeDecay.names() + ", is " + decay));
        if (!(kept >= 0 && kept < 1)) {
            throw usage("--ema-keep must be from 0 to below 1, is " + kept);
        }
        PrintWriter err = spec.commandLine().getErr();
        try (StorageLocation run = Storages.open(location);
                StorageLocation target = Storages.open(arguments.out())) {
            List<Long> steps = steps(run);
            MergeWeights shares = named.weights(steps, kept);
            CheckpointMerge merge = new CheckpointMerge(steps, shares, named.toString());
            ModelExport.Written written = merge.write(run, arguments.export(weights, Map.of()), target);
            printShares(steps, shares);
            arguments.report(written, weights, err);
        } catch (IOException e) {
            throw ErrorReport.unreadable(location, e);
        }
    }

    private List<Long> steps(StorageLocation run) {
        if ((last == null ? 0 : 1) + (chosen == null ? 0 : 1) + (top == null ? 0 : 1) != 1) {
            throw usage("give one of --last, --steps and --top");
        }
        if (chosen != null) {
            return List.copyOf(new TreeSet<>(chosen));
        }
        int wanted = last != null ? last : top;
        if (wanted < 1) {
            throw usage("--last and --top must be at least 1, is " + wanted);
        }
        if (top != null) {
            return CheckpointMerge.best(run, wanted);
        }
        List<Long> steps =
                CheckpointMerge.available(run).stream().limit(wanted).sorted().toList();
        if (steps.size() < wanted) {
            throw new CheckpointException(run.location() + ": has " + steps.size() + " checkpoints " + steps + " where "
                    + wanted + " are to be merged; ask for fewer, or keep more with run.keep_last");
        }
        return steps;
    }

    private void printShares(List<Long> steps, MergeWeights shares) {
        Table table = new Table("STEP", "WEIGHT");
        for (int i = 0; i < steps.size(); i++) {
            table.add(
                    steps.get(i).toString(),
                    String.format(Locale.ROOT, "%.6f", shares.checkpoints().get(i)));
        }
        table.print(spec.commandLine().getOut());
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
