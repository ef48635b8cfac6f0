package dev.calandra.cli;

import dev.calandra.checkpoints.DType;
import dev.calandra.configs.Configs;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.exchange.ModelSource;
import dev.calandra.trainer.exchange.RunImport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Starts a run from released weights. */
@Command(
        name = "import",
        description = "Start a run from a model's weights (continued pretraining): writes step 0 into the config's"
                + " run.directory, with a new optimizer; 'calandra pretrain CONFIG' goes on from there.")
final class ImportCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "MODEL",
            description =
                    "A Hugging Face folder (F32, BF16, F16, FP8 or, rounded, F64 weights), a run folder or a step folder.")
    private String location;

    @Option(
            names = "--config",
            required = true,
            paramLabel = "CONFIG",
            description = "The YAML file to train with; its model block must be the model's.")
    private Path config;

    @Option(names = "--run", paramLabel = "FOLDER", description = "Run folder, instead of the config's run.directory.")
    private String directory;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Override one key of the config; may be repeated. Give pretrain the same.")
    private List<String> sets = new ArrayList<>();

    @Option(names = "--step", paramLabel = "N", description = "Step of a run folder; default: the newest valid one.")
    private Long step;

    @Override
    public void run() {
        PrintWriter err = spec.commandLine().getErr();
        List<String> all = new ArrayList<>(sets);
        if (directory != null) {
            all.add("run.directory=" + directory);
        }
        LoadedConfig loaded = Configs.load(config, all);
        try (StorageLocation place = Storages.open(location);
                ModelSource model =
                        ModelSource.open(place, step == null ? OptionalLong.empty() : OptionalLong.of(step))) {
            RunImport.Imported imported = RunImport.run(model, loaded);
            String types = new TreeMap<>(imported.tensorsByType())
                    .entrySet().stream()
                            .map(entry -> entry.getValue() + " in " + entry.getKey())
                            .collect(Collectors.joining(", "));
            imported.changes().forEach(change -> err.println("calandra: " + change));
            err.println("calandra: " + model.tensors().location() + ": " + types
                    + "; all are F32 from here on, FP8 codes times their scales, "
                    + (imported.tensorsByType().containsKey(DType.F64)
                            ? "F64 rounded (" + imported.rounded() + " values changed), "
                            : "")
                    + "the others exactly");
            err.println("calandra: step 0 is in " + imported.folder() + "; train it with: calandra pretrain " + config
                    + all.stream().map(set -> " --set " + set).collect(Collectors.joining()));
        } catch (IOException e) {
            throw ErrorReport.unreadable(location, e);
        }
    }
}
