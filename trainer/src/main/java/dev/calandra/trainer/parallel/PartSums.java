package dev.calandra.trainer.parallel;

import dev.calandra.engine.DType;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.PairwiseSum;
import dev.calandra.engine.tape.Weight;
import dev.calandra.trainer.model.Parameter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The gradients of a rank's parts of a step. Each part is summed from zero; the sums are added in the order of {@link
 * PairwiseSum}, and so are those of the sources that experts keep apart. With the ranks' sums, added in the same order, every
 * parameter gets the same sum on any number of ranks.
 */
public final class PartSums implements AutoCloseable {

    private final int[] additions;
    private final Kernels kernels;
    private final TensorMemory memory;
    private final Map<Weight, Sums> sums = new IdentityHashMap<>();

    /**
     * @param parts of a step on this rank
     * @param kernels borrowed
     */
    public PartSums(int parts, Kernels kernels, TensorMemory memory) {
        this.additions = PairwiseSum.whenTheyCome(parts);
        this.kernels = kernels;
        this.memory = memory;
    }

    /**
     * Of one parameter.
     *
     * @param earlier sums of earlier parts, the latest last
     * @param unused tensors to sum in
     */
    private record Sums(Deque<Tensor> earlier, Deque<Tensor> unused) {}

    /**
     * The gradients of these parameters are complete for one part. After the last part they hold the sum of all, before it they
     * are zero again.
     *
     * @param part from 0, in order
     */
    public void complete(int part, List<Parameter> parameters) {
        for (Parameter parameter : parameters) {
            Weight weight = parameter.weight();
            Sums own = sums.computeIfAbsent(weight, key -> new Sums(new ArrayDeque<>(), new ArrayDeque<>()));
            for (int i = 0; i < additions[part]; i++) {
                Tensor before = own.earlier().removeLast();
                kernels.add(before, weight.gradients(), weight.gradients());
                own.unused().addLast(before);
            }
            if (part < additions.length - 1) {
                own.earlier().addLast(weight.exchangeGradients(zeros(weight, own)));
            } else {
                PairwiseSum.of(
                        weight.sources(),
                        (into, from) ->
                                kernels.add(weight.gradient(into), weight.gradient(from), weight.gradient(into)));
            }
        }
    }

    private Tensor zeros(Weight weight, Sums own) {
        if (own.unused().isEmpty()) {
            return memory.zeros(DType.F32, weight.gradients().shape());
        }
        Tensor tensor = own.unused().removeLast();
        kernels.fill(tensor, 0);
        return tensor;
    }

    @Override
    public void close() {
        sums.values().forEach(own -> {
            own.earlier().forEach(Tensor::close);
            own.unused().forEach(Tensor::close);
        });
        sums.clear();
    }
}
