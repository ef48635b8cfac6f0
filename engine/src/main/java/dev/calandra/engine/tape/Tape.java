package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.recipe.HealthProbe;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The record of one forward pass, unwound once.
 *
 * <p>Operations are static methods of their classes ({@code Linear.apply(tape, …)}); each computes its output and, on a
 * recording tape, leaves an {@link Operation} here. {@link #backward} runs these from the last to the first and frees
 * what each had kept as soon as it has run. {@link #close} frees whatever is left, after an exception too. One thread at
 * a time.
 */
public final class Tape implements AutoCloseable {

    /** What a pass is for. */
    private enum Mode {
        RECORDING,
        REPLAYING,
        FORWARD_ONLY
    }

    private final Kernels kernels;
    private final TensorMemory memory;
    private final HealthProbe health;
    private final Mode mode;
    private final Deque<Operation> operations = new ArrayDeque<>();
    private final List<Variable> variables = new ArrayList<>();
    private final Map<Integer, Groups> wholes = new HashMap<>();

    private Tape(Kernels kernels, TensorMemory memory, HealthProbe health, Mode mode) {
        this.kernels = kernels;
        this.memory = memory;
        this.health = health;
        this.mode = mode;
    }

    /** A tape for training. */
    public static Tape recording(Kernels kernels, TensorMemory memory, HealthProbe health) {
        return new Tape(kernels, memory, health, Mode.RECORDING);
    }

    /** A tape that keeps nothing: evaluation and generation. */
    public static Tape forwardOnly(Kernels kernels, TensorMemory memory) {
        return new Tape(kernels, memory, HealthProbe.NONE, Mode.FORWARD_ONLY);
    }

    /** A tape for the first pass through a block that will be computed again. */
    Tape withoutRecording() {
        return new Tape(kernels, memory, HealthProbe.NONE, Mode.FORWARD_ONLY);
    }

    /** A tape for the second pass through such a block. */
    Tape replay() {
        return new Tape(kernels, memory, health, Mode.REPLAYING);
    }

    public Kernels kernels() {
        return kernels;
    }

    public TensorMemory memory() {
        return memory;
    }

    /** Whether operations are recorded for a backward pass. */
    public boolean recording() {
        return mode != Mode.FORWARD_ONLY;
    }

    /** Whether this pass repeats an earlier one, so that side effects of the forward pass have already happened. */
    public boolean replaying() {
        return mode == Mode.REPLAYING;
    }

    HealthProbe health() {
        return health;
    }

    /** A variable of the given value, which is taken over. As an input it has no operation behind it. */
    public Variable variable(Tensor value) {
        Variable variable = new Variable(kernels, memory, value);
        variables.add(variable);
        return variable;
    }

    /** A variable of undefined value, to be written by a kernel. */
    Variable allocate(int... shape) {
        return variable(memory.allocate(DType.F32, shape));
    }

    void record(Operation operation) {
        operations.addLast(operation);
    }

    /** All of the rows as one group: a dense layer. Lives as long as this tape. */
    Groups whole(int rows) {
        return wholes.computeIfAbsent(rows, count -> {
            Tensor offsets = memory.allocate(DType.I32, 2);
            offsets.copyFrom(new int[] {0, count});
            return new Groups(offsets);
        });
    }

    /**
     * Unwinds: gradients flow from the variables that were given one to weights and inputs.
     *
     * @throws IllegalStateException on a tape that does not record
     */
    public void backward() {
        if (!recording()) {
            throw new IllegalStateException("a tape that does not record cannot go back");
        }
        while (!operations.isEmpty()) {
            try (Operation operation = operations.removeLast()) {
                operation.backward();
            }
        }
    }

    /** Frees everything that is left: kept values, gradients that were not taken, variables that were not closed. */
    @Override
    public void close() {
        operations.forEach(Operation::close);
        operations.clear();
        variables.forEach(Variable::close);
        variables.forEach(Variable::freeGradient);
        variables.forEach(Variable::freeRecomputed);
        variables.clear();
        wholes.values().forEach(groups -> groups.offsets().close());
        wholes.clear();
    }
}
