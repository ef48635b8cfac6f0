package dev.calandra.engine.tape;

import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Tensor;

/**
 * Which experts each token goes to, and with what weight.
 *
 * @param weight [T, K]
 * @param indexTK I32 [T, K]: experts, best first
 * @param plan the same, sorted by expert
 */
public record Routing(Variable weight, Tensor indexTK, DispatchPlan plan) implements AutoCloseable {

    /** The forward pass needs the routing no more. */
    @Override
    public void close() {
        weight.close();
        indexTK.close();
        plan.close();
    }
}
