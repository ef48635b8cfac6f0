package dev.calandra.trainer.exchange;

import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.RetentionRule;
import dev.calandra.checkpoints.RunClaim;
import dev.calandra.checkpoints.TensorContent;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.Problem;
import dev.calandra.configs.ReleasedConfig;
import dev.calandra.trainer.model.PublishedTensor;
import dev.calandra.trainer.run.CheckpointState;
import dev.calandra.trainer.run.ConsumedData;
import dev.calandra.trainer.run.RunDirectory;
import dev.calandra.trainer.run.TensorInventory;
import dev.calandra.trainer.run.TrainingState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Starts a run from a model's weights: a checkpoint of step 0 in the run folder, with these weights and an optimizer at its start. Training
 * goes on from there as from any checkpoint.
 */
public final class RunImport {

    /** Keys of the model that say how to train it or how far to use it, rather than what its weights mean. */
    private static final Set<String> FREE =
            Set.of("rope_theta", "max_position_embeddings", "mtp_loss_scaling_factor", "initializer_range");

    private static final int ZEROS = 1 << 16;

    private RunImport() {}

    /**
     * What was taken over.
     *
     * @param folder the run folder
     * @param tensorsByType how many of the model's tensors were stored in each type; all are F32 from now on: FP8 as the product of code and scale, rounded to F32; F64 rounded; the others without a loss
     * @param rounded values of F64 tensors that are not the same in F32
     * @param changes keys that the config sets otherwise than the model had them, one line each
     */
    public record Imported(String folder, Map<DType, Long> tensorsByType, long rounded, List<String> changes) {}

    /**
     * Writes the checkpoint and the effective config.
     *
     * @param config of the run to be
     * @throws ConfigException naming each key of the config that belongs to another model
     * @throws CheckpointException when the run folder has checkpoints already, is in use or cannot be written, or an F64 weight has no F32 number
     */
    public static Imported run(ModelSource model, LoadedConfig config) {
        List<String> changes = requireSameModel(model, config);
        long rounded = RoundedValues.count(model.tensors(), model.stored());
        try (RunDirectory folder = RunDirectory.open(config.config().run().directory(), RunClaim.Rival.RESPECT)) {
            CheckpointStore store = new CheckpointStore(
                    folder.storage(),
                    folder.location(),
                    folder.claim(),
                    RetentionRule.last(config.config().run().keepLast()));
            if (!store.steps().isEmpty()) {
                throw new CheckpointException(folder.location() + ": has checkpoints already, the newest of step "
                        + store.steps().getFirst() + "; choose another run.directory");
            }
            store.save(0, tensors(model), state(model, config).toMap());
            folder.writeConfig(config.effectiveYaml());
            Map<DType, Long> byType =
                    model.stored().stream().collect(Collectors.groupingBy(TensorInfo::dtype, Collectors.counting()));
            return new Imported(folder.location(), byType, rounded, changes);
        } catch (IOException e) {
            throw new CheckpointException(
                    config.config().run().directory() + ": cannot keep a run here (" + e.getMessage()
                            + "); choose another run.directory",
                    e);
        }
    }

    private static List<String> requireSameModel(ModelSource model, LoadedConfig config) {
        List<String> changes = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        config.config().model().differences(model.config()).forEach((key, values) -> {
            if (FREE.contains(key)) {
                changes.add("model." + key + " is " + values.here() + ", was " + values.there());
            } else {
                problems.add(new Problem(
                        config.file(),
                        0,
                        "model." + key,
                        "%s, but %s of %s; set it to that"
                                .formatted(
                                        values.here(),
                                        values.there(),
                                        model.tensors().location())));
            }
        });
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return changes;
    }

    private static List<TensorSource> tensors(ModelSource model) {
        WeightEncoder values = new WeightEncoder(ReleasedConfig.Weights.F32, model.weights());
        List<TensorSource> tensors = new ArrayList<>();
        for (PublishedTensor tensor : PublishedTensor.of(model.config())) {
            tensors.addAll(values.encode(tensor));
            if (tensor.role() != PublishedTensor.Role.EXPERT_BIAS) {
                for (String prefix : TensorInventory.MOMENTS) {
                    TensorInfo moment = new TensorInfo(prefix + tensor.name(), DType.F32, tensor.shape());
                    tensors.add(new TensorSource(moment.name(), DType.F32, moment.shape(), zeros(moment.bytes())));
                }
            }
        }
        return tensors;
    }

    private static TensorContent zeros(long bytes) {
        return channel -> {
            ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(bytes, ZEROS));
            for (long left = bytes; left > 0; left -= zeros.limit()) {
                channel.write(zeros.clear().limit((int) Math.min(left, ZEROS)));
            }
        };
    }

    private static CheckpointState state(ModelSource model, LoadedConfig config) {
        return new CheckpointState(
                TrainingState.START,
                new ConsumedData(),
                CheckpointState.keys(config),
                config.effectiveYaml(),
                Optional.empty(),
                "",
                Map.of(),
                Map.of("imported_from", model.tensors().location()));
    }
}
