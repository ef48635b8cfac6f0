package dev.calandra.trainer.parallel;

import dev.calandra.configs.ParallelConfig;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.Purpose;
import dev.calandra.engine.recipe.Fp8Blockwise;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Hands the weights that each owner has moved to all who hold them: as they are or, where {@code parallel.gather_weights} says so
 * and products read FP8 blocks, as these codes. What products read is the same bit for bit.
 */
public final class WeightGathering {

    private static final long MESSAGE = 1L << 22;

    private final Ranks ranks;
    private final List<Consumer<Communicator>> shared;
    private final List<Consumer<Communicator>> ofExperts;

    /** @param ranks borrowed, as are all others */
    public WeightGathering(LingModel model, Ranks ranks, Kernels kernels, TensorMemory memory) {
        this.ranks = ranks;
        Map<String, LinearWeight> linear = model.linearWeights();
        List<List<Parameter>> groups = List.of(
                model.parameters().stream().filter(p -> !p.ofExperts()).toList(),
                model.parameters().stream().filter(Parameter::ofExperts).toList());
        List<List<Consumer<Communicator>>> messages = new ArrayList<>();
        for (List<Parameter> group : groups) {
            List<Parameter> coded =
                    group.stream().filter(p -> isCoded(linear.get(p.name()))).toList();
            List<Parameter> whole =
                    group.stream().filter(p -> !coded.contains(p)).toList();
            List<Consumer<Communicator>> all =
                    new ArrayList<>(cut(whole, parameters -> new Bucket(parameters, ranks, memory)::gatherValues));
            all.addAll(cut(
                    coded, parameters -> new CodeBucket(coded(parameters, linear), ranks, kernels, memory)::gather));
            messages.add(all);
        }
        this.shared = messages.getFirst();
        this.ofExperts = messages.getLast();
    }

    private boolean isCoded(LinearWeight weight) {
        return ranks.parallel().gatherWeights() == ParallelConfig.Gather.FP8
                && weight != null
                && weight.recipe() instanceof Fp8Blockwise;
    }

    private static List<CodeBucket.Coded> coded(List<Parameter> parameters, Map<String, LinearWeight> linear) {
        return parameters.stream()
                .map(p -> new CodeBucket.Coded(p, linear.get(p.name())))
                .toList();
    }

    /** Makes messages of a size that is worth a call. */
    private static List<Consumer<Communicator>> cut(
            List<Parameter> parameters, Function<List<Parameter>, Consumer<Communicator>> message) {
        List<Consumer<Communicator>> messages = new ArrayList<>();
        List<Parameter> collected = new ArrayList<>();
        long elements = 0;
        for (Parameter parameter : parameters) {
            collected.add(parameter);
            elements += parameter.value().size();
            if (elements >= MESSAGE) {
                messages.add(message.apply(List.copyOf(collected)));
                collected.clear();
                elements = 0;
            }
        }
        if (!collected.isEmpty()) {
            messages.add(message.apply(List.copyOf(collected)));
        }
        return messages;
    }

    /**
     * Overwrites what this rank does not own; collective. To be called after {@link LingModel#weightsChanged}, which voids the
     * encodings that this may bring.
     */
    public void gather() {
        gather(shared, ranks.world());
        gather(ofExperts, ranks.replicas());
    }

    private static void gather(List<Consumer<Communicator>> messages, Communicator holders) {
        if (holders.size() > 1) {
            Purpose.WEIGHTS.during(() -> messages.forEach(message -> message.accept(holders)));
        }
    }
}
