package dev.calandra.trainer.parallel;

import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.trainer.model.Parameter;
import java.util.ArrayList;
import java.util.List;

/** Hands the weights that each owner has moved to all who hold them. */
public final class WeightGathering {

    private static final long MESSAGE = 1L << 22;

    private final Ranks ranks;
    private final List<Bucket> shared = new ArrayList<>();
    private final List<Bucket> ofExperts = new ArrayList<>();

    /** @param parameters all that the model trains */
    public WeightGathering(List<Parameter> parameters, Ranks ranks, TensorMemory memory) {
        this.ranks = ranks;
        fill(shared, parameters.stream().filter(p -> !p.ofExperts()).toList(), memory);
        fill(ofExperts, parameters.stream().filter(Parameter::ofExperts).toList(), memory);
    }

    private void fill(List<Bucket> buckets, List<Parameter> parameters, TensorMemory memory) {
        List<Parameter> collected = new ArrayList<>();
        long elements = 0;
        for (Parameter parameter : parameters) {
            collected.add(parameter);
            elements += parameter.value().size();
            if (elements >= MESSAGE) {
                buckets.add(new Bucket(List.copyOf(collected), ranks, memory));
                collected.clear();
                elements = 0;
            }
        }
        if (!collected.isEmpty()) {
            buckets.add(new Bucket(List.copyOf(collected), ranks, memory));
        }
    }

    /** Overwrites what this rank does not own; collective. */
    public void gather() {
        gather(shared, ranks.world());
        gather(ofExperts, ranks.replicas());
    }

    private static void gather(List<Bucket> buckets, Communicator holders) {
        if (holders.size() > 1) {
            buckets.forEach(bucket -> bucket.gatherValues(holders));
        }
    }
}
