package dev.calandra.trainer.exchange;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.StorageLocation;
import dev.calandra.trainer.model.WeightReader;
import dev.calandra.trainer.run.Evaluation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Averages checkpoints of one run into a Hugging Face folder: what warm-up, stable and merge (WSM) does instead of decaying the learning rate
 * (Ling 2.0, arXiv 2510.22115, section 3.2.3). Moments are not merged; a run that goes on from the result begins with new ones.
 *
 * @param steps of the checkpoints, rising
 * @param weights one for each
 * @param description how the weights came about, for the record
 */
public record CheckpointMerge(List<Long> steps, MergeWeights weights, String description) {

    /** The record of a merge, in its folder. */
    public static final String RECORD = "merge.json";

    public CheckpointMerge {
        steps = List.copyOf(steps);
        if (steps.size() != weights.checkpoints().size()) {
            throw new IllegalArgumentException(
                    steps.size() + " steps and " + weights.checkpoints().size() + " weights");
        }
    }

    /**
     * Opens every checkpoint, checks all of them, and writes their average.
     *
     * @param run the run folder
     * @param export how to write, without notes
     * @throws CheckpointException when a checkpoint is missing or damaged, or belongs to another model than the newest
     */
    public ModelExport.Written write(StorageLocation run, ModelExport export, StorageLocation target) {
        List<ModelSource> models = new ArrayList<>();
        try {
            for (long step : steps) {
                models.add(ModelSource.open(run, OptionalLong.of(step)));
            }
            ModelSource newest = models.getLast();
            List<WeightReader> readers = new ArrayList<>();
            for (ModelSource model : models) {
                if (!model.config().differences(newest.config()).isEmpty()) {
                    throw new CheckpointException(model.tensors().location()
                            + ": its model differs from the newest checkpoint's: "
                            + String.join(
                                    ", ",
                                    model.config().differences(newest.config()).keySet())
                            + "; merge steps of one model");
                }
                readers.add(model.weights());
            }
            ModelExport noted = new ModelExport(
                    export.weights(),
                    export.maxShardBytes(),
                    export.tokenizer(),
                    Map.of(RECORD, record(run.location())));
            return noted.write(newest, run, new MergedWeights(readers, weights), target);
        } finally {
            models.forEach(ModelSource::close);
        }
    }

    private String record(String run) {
        ObjectNode record =
                new ObjectMapper().createObjectNode().put("run", run).put("weights", description);
        ArrayNode checkpoints = record.putArray("checkpoints");
        for (int i = 0; i < steps.size(); i++) {
            checkpoints
                    .addObject()
                    .put("step", steps.get(i))
                    .put("weight", weights.checkpoints().get(i));
        }
        return record.toPrettyString() + "\n";
    }

    /**
     * The steps of a run with the fewest bits per byte on held-out documents (mean over the sources), by the evaluation of exactly its weights
     * that a checkpoint's manifest carries. Of two that are alike, the newer one.
     *
     * @return rising
     * @throws CheckpointException when fewer were evaluated than asked for, naming those, or a manifest is damaged
     */
    public static List<Long> best(StorageLocation run, int count) {
        CheckpointReader reader = new CheckpointReader(run.storage(), run.location());
        List<Long> available = available(run);
        Map<Long, Double> scores = new LinkedHashMap<>();
        for (long step : available) {
            Evaluation.score(reader.manifest(step).state()).ifPresent(score -> scores.put(step, score));
        }
        if (scores.size() < count) {
            throw new CheckpointException(run.location() + ": of its checkpoints " + available + ", "
                    + (scores.isEmpty() ? "none" : scores.keySet().toString())
                    + " carry an evaluation of their weights, and " + count
                    + " are to be merged; let run.evaluate_every"
                    + " divide run.save_every while training, or choose by --last or --steps");
        }
        return scores.entrySet().stream()
                .sorted(Map.Entry.comparingByValue())
                .limit(count)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** The steps that a run has, newest first. */
    public static List<Long> available(StorageLocation run) {
        List<Long> steps = new CheckpointReader(run.storage(), run.location()).steps();
        if (steps.isEmpty()) {
            throw new CheckpointException(run.location() + ": has no checkpoints to merge; name a run folder");
        }
        return steps;
    }
}
