package dev.calandra.cli;

import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.model.EngineRecipe;
import dev.calandra.trainer.model.HuggingFaceWeights;
import dev.calandra.trainer.model.LingModel;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** The arguments of commands that use a trained model. */
final class CheckpointArguments {

    @Option(
            names = "--checkpoint",
            paramLabel = "LOCATION",
            description =
                    "Weights to use: a run folder (its newest checkpoint), a step folder, a Hugging Face folder or a"
                            + " .safetensors file; default: the config's run.directory.")
    private String checkpoint;

    /**
     * A model with the weights that the user means.
     *
     * @param err where the user is told which they are
     * @throws dev.calandra.configs.CheckpointException if they are missing, damaged or of another model
     */
    LingModel load(PretrainConfig config, Machine machine, PrintWriter err) {
        String location = checkpoint == null ? config.run().directory() : checkpoint;
        try (StorageLocation place = Storages.open(location);
                TensorReader weights = TensorReader.open(place.storage(), place.location())) {
            LingModel model = new LingModel(
                    config.model(), EngineRecipe.of(config.precision().recipe()), machine.kernels(), machine.memory());
            try {
                HuggingFaceWeights.load(weights, model);
                err.println("calandra: weights of " + weights.location());
                return model;
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        } catch (IOException e) {
            throw ErrorReport.unreadable(location, e);
        }
    }
}
