package dev.calandra.trainer.model;

import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.CheckpointException;
import dev.calandra.engine.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Loads weights under their published names (Hugging Face, {@code BailingMoeV2}) into a model. */
public final class HuggingFaceWeights {

    private static final int NAMED_PROBLEMS = 3;

    private final TensorReader source;
    private final StoredWeights stored;
    private final Set<String> known = new HashSet<>();
    private final List<String> problems = new ArrayList<>();

    private HuggingFaceWeights(TensorReader source) {
        this.source = source;
        this.stored = new StoredWeights(source);
    }

    /**
     * Overwrites all weights and expert biases; FP8 weights are decoded. A bias that the source does not have becomes zero; nothing is written
     * unless everything else is there in the right shape.
     *
     * @return names of tensors that the model has no place for
     * @throws CheckpointException naming what is missing or of another shape
     */
    public static List<String> load(TensorReader source, LingModel model) {
        HuggingFaceWeights weights = new HuggingFaceWeights(source);
        weights.check(model);
        weights.read(model);
        model.weightsChanged();
        return source.tensors().stream()
                .map(TensorInfo::name)
                .filter(name -> !weights.known.contains(name) && !weights.isScale(name))
                .toList();
    }

    /** Whether it belongs to the codes of a known tensor. */
    private boolean isScale(String name) {
        return name.endsWith(StoredWeights.SCALE_SUFFIX)
                && known.contains(name.substring(0, name.length() - StoredWeights.SCALE_SUFFIX.length()));
    }

    private void check(LingModel model) {
        for (Parameter parameter : model.parameters()) {
            for (Part part : parameter.parts()) {
                check(part.huggingFaceName(), false, part.shape());
            }
        }
        model.buffers()
                .forEach(buffer -> check(buffer.name(), true, buffer.value().shape()));
        if (model.config().tieWordEmbeddings()) {
            // Some writers store the tied head a second time.
            known.add("lm_head.weight");
        }
        if (!problems.isEmpty()) {
            int shown = Math.min(NAMED_PROBLEMS, problems.size());
            throw new CheckpointException(source.location() + ": does not fit its config: "
                    + String.join("; ", problems.subList(0, shown))
                    + (shown < problems.size() ? "; and " + (problems.size() - shown) + " more" : "")
                    + "; use the config.json that was saved with these weights");
        }
    }

    private void check(String name, boolean optional, int... shape) {
        known.add(name);
        List<Long> expected = Arrays.stream(shape).asLongStream().boxed().toList();
        Optional<TensorInfo> found = source.find(name);
        if (found.isEmpty() && !optional) {
            problems.add(name + " is missing");
        }
        if (found.isPresent() && !found.get().shape().equals(expected)) {
            problems.add(name + " is " + found.get().shape() + " where the config makes it " + expected);
        }
    }

    private void read(LingModel model) {
        for (Parameter parameter : model.parameters()) {
            for (Part part : parameter.parts()) {
                Tensor rows = Parameter.rows(parameter.value(), part);
                rows.copyFrom(floats(part.huggingFaceName(), rows));
            }
        }
        for (Buffer buffer : model.buffers()) {
            Tensor value = buffer.value();
            value.copyFrom(
                    source.find(buffer.name()).isPresent()
                            ? floats(buffer.name(), value)
                            : new float[(int) value.size()]);
        }
    }

    private float[] floats(String name, Tensor like) {
        float[] values = new float[Math.toIntExact(like.size())];
        stored.read(name, 0, values, values.length);
        return values;
    }
}
