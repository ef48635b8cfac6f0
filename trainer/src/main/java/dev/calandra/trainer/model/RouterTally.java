package dev.calandra.trainer.model;

import dev.calandra.engine.Tensor;
import dev.calandra.engine.tape.RouterLosses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the router of one layer did with this rank's tokens in the training passes since the last reset. Tensors are read when
 * they are asked for, so that nothing in a pass waits for a device.
 */
final class RouterTally implements AutoCloseable {

    private final List<Tensor> pendingOffsets = new ArrayList<>();
    private final List<Tensor> pendingBalance = new ArrayList<>();
    private final List<Tensor> pendingZ = new ArrayList<>();
    private final long[] counts;
    private final List<Double> sequenceBalance = new ArrayList<>();
    private final List<Double> routerZ = new ArrayList<>();

    RouterTally(int experts) {
        counts = new long[experts];
    }

    /** @param offsets I32 [E + 1], where the choices of each expert begin and the last ones end; taken over */
    void add(Tensor offsets) {
        pendingOffsets.add(offsets);
    }

    /** Where a pass leaves the losses of this layer. */
    RouterLosses.Sums losses() {
        return new RouterLosses.Sums(pendingBalance::add, pendingZ::add);
    }

    /** Choices that each expert received [E]. */
    long[] counts() {
        read();
        return counts.clone();
    }

    /** By pass, the sum of its sequences' balance losses; empty where that loss is left out. */
    List<Double> sequenceBalance() {
        read();
        return List.copyOf(sequenceBalance);
    }

    /** By pass, the sum of its tokens' z-losses; empty where that loss is left out. */
    List<Double> routerZ() {
        read();
        return List.copyOf(routerZ);
    }

    private void read() {
        for (Tensor offsets : pendingOffsets) {
            for (int e = 0; e < counts.length; e++) {
                counts[e] += offsets.getInt(e + 1L) - offsets.getInt(e);
            }
        }
        pendingBalance.forEach(sum -> sequenceBalance.add(sum.getDouble(0)));
        pendingZ.forEach(sum -> routerZ.add(sum.getDouble(0)));
        close();
    }

    void reset() {
        close();
        Arrays.fill(counts, 0);
        sequenceBalance.clear();
        routerZ.clear();
    }

    /** Frees what has not been read yet. */
    @Override
    public void close() {
        for (List<Tensor> pending : List.of(pendingOffsets, pendingBalance, pendingZ)) {
            pending.forEach(Tensor::close);
            pending.clear();
        }
    }
}
