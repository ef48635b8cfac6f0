package dev.calandra.trainer.exchange;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.checkpoints.HuggingFaceFolder;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.Configs;
import dev.calandra.configs.HuggingFaceConfig;
import dev.calandra.configs.ModelConfig;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.trainer.model.PublishedTensor;
import dev.calandra.trainer.model.StoredWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A model as it lies somewhere: its tensors, and the sizes that belong to them.
 *
 * @param tensors a step of a run, or a Hugging Face folder; this record's to close
 * @param config its sizes, from the checkpoint or from {@code config.json}
 * @param tokenizer the run's tokenizer file; empty for a Hugging Face folder, which may hold one of its own
 */
public record ModelSource(TensorReader tensors, ModelConfig config, Optional<Path> tokenizer) implements AutoCloseable {

    /** The config of a Hugging Face folder. */
    static final String CONFIG = "config.json";

    /** Tensors of a training checkpoint that are not the model's. */
    private static final String OPTIMIZER = "optimizer.";

    private static final String CONFIG_YAML = "config_yaml";
    private static final int NAMED_PROBLEMS = 20;

    /**
     * Opens a run folder (its newest valid step), a step folder or a Hugging Face folder, and checks that it holds the tensors of its
     * config, all of them and no others.
     *
     * @param step of a run folder, if not the newest
     * @throws CheckpointException when there is none, it is damaged, or tensors are missing, unknown or of another shape: all are named
     */
    public static ModelSource open(StorageLocation place, OptionalLong step) {
        TensorReader tensors = step.isPresent()
                ? new CheckpointReader(place.storage(), place.location()).open(step.getAsLong())
                : TensorReader.open(place.storage(), place.location());
        try {
            ModelSource source = switch (tensors) {
                case Checkpoint checkpoint -> of(checkpoint);
                case HuggingFaceFolder folder -> of(folder, place.storage());
                default ->
                    throw new CheckpointException(
                            place + ": a tensor file does not say which model it belongs to; name a run, a step folder,"
                                    + " or a Hugging Face folder with its config.json");
            };
            source.requireAgreement();
            return source;
        } catch (RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    private static ModelSource of(Checkpoint checkpoint) {
        if (!(checkpoint.state().get(CONFIG_YAML) instanceof String yaml)) {
            throw new CheckpointException(
                    checkpoint.location() + ": carries no config; it was not written by training");
        }
        var config = Configs.parse(yaml, checkpoint.location());
        return new ModelSource(
                checkpoint, config.model(), Optional.of(config.data().tokenizer()));
    }

    private static ModelSource of(HuggingFaceFolder folder, Storage storage) {
        String location = SmallFiles.in(folder.location(), CONFIG);
        try {
            return new ModelSource(
                    folder,
                    HuggingFaceConfig.parse(SmallFiles.readText(storage, location), location),
                    Optional.empty());
        } catch (IOException e) {
            throw new CheckpointException(
                    location + ": could not be read (" + e.getMessage() + "); the sizes of the model stand in it", e);
        }
    }

    /** The numbers, decoded. */
    public StoredWeights weights() {
        return new StoredWeights(tensors);
    }

    /** The tensors of the model, without scales and optimizer state, as they are stored. */
    public List<TensorInfo> stored() {
        return PublishedTensor.of(config).stream()
                .map(tensor -> tensors.tensor(tensor.name()))
                .toList();
    }

    private void requireAgreement() {
        List<String> problems = new ArrayList<>();
        Set<String> known = new TreeSet<>();
        for (PublishedTensor tensor : PublishedTensor.of(config)) {
            known.add(tensor.name());
            known.add(tensor.name() + StoredWeights.SCALE_SUFFIX);
            Optional<TensorInfo> found = tensors.find(tensor.name());
            if (found.isEmpty()) {
                problems.add("missing " + tensor.name() + " " + tensor.shape());
            } else if (!found.get().shape().equals(tensor.shape())) {
                problems.add(tensor.name() + " is " + found.get().shape() + ", the config makes it " + tensor.shape());
            } else {
                StoredWeights.missingScales(tensors, found.get()).ifPresent(problems::add);
            }
        }
        if (config.tieWordEmbeddings()) {
            // Some writers store the tied head a second time.
            known.add("lm_head.weight");
        }
        tensors.tensors().stream()
                .map(TensorInfo::name)
                .filter(name -> !known.contains(name) && !name.startsWith(OPTIMIZER))
                .forEach(name -> problems.add("unknown " + name));
        if (!problems.isEmpty()) {
            int more = problems.size() - NAMED_PROBLEMS;
            throw new CheckpointException(tensors.location() + ": its tensors are not those of its config: "
                    + problems.stream().limit(NAMED_PROBLEMS).collect(Collectors.joining("; "))
                    + (more > 0 ? "; and " + more + " more" : "")
                    + "; use the config that was saved with these weights");
        }
    }

    @Override
    public void close() {
        tensors.close();
    }
}
