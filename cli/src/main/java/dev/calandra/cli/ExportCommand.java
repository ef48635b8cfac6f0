package dev.calandra.cli;

import dev.calandra.configs.ReleasedConfig;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.exchange.ModelExport;
import dev.calandra.trainer.exchange.ModelSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.OptionalLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a trained model as a folder that the published Ling 2.0 model code loads. */
@Command(
        name = "export",
        description =
                "Write a model as a Hugging Face folder: config.json, weights in safetensors files, tokenizer. The"
                        + " published Ling 2.0 code, and engines that know BailingMoeV2ForCausalLM, load it as it is.")
final class ExportCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "MODEL",
            description = "A run folder, a step folder or a Hugging Face folder; local or hdfs://.")
    private String location;

    @Option(names = "--step", paramLabel = "N", description = "Step of a run folder; default: the newest valid one.")
    private Long step;

    @Option(
            names = "--dtype",
            defaultValue = "bf16",
            description = "bf16, f32 or fp8 (E4M3 in 128x128 blocks with *_scale_inv) (default ${DEFAULT-VALUE}).")
    private ReleasedConfig.Weights weights;

    @Mixin
    private ExportArguments arguments;

    @Override
    public void run() {
        PrintWriter err = spec.commandLine().getErr();
        try (StorageLocation place = Storages.open(location);
                StorageLocation target = Storages.open(arguments.out());
                ModelSource model =
                        ModelSource.open(place, step == null ? OptionalLong.empty() : OptionalLong.of(step))) {
            err.println("calandra: weights of " + model.tensors().location());
            ModelExport.Written written =
                    arguments.export(weights, Map.of()).write(model, place, model.weights(), target);
            arguments.report(written, weights, err);
        } catch (IOException e) {
            throw ErrorReport.unreadable(location, e);
        }
    }
}
