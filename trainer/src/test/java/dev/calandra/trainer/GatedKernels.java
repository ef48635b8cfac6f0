package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.Kernels;
import dev.calandra.engine.collective.Communicator;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Kernels that let the backward pass of no layer beyond a certain one begin before this rank has sent something since the losses were
 * computed. With replicas alone, nothing but gradients is sent there; a pass that sends them only when it is over never gets
 * beyond the gate, and fails.
 */
public final class GatedKernels implements InvocationHandler {

    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    private final Kernels delegate;
    private final Communicator world;
    private final int gate;
    private long before;
    private int layers;

    private GatedKernels(Kernels delegate, Communicator world, int gate) {
        this.delegate = delegate;
        this.world = world;
        this.gate = gate;
    }

    /** @param layer before the how many-th one that goes back something must have been sent, from 1 */
    public static Kernels before(int layer, Kernels delegate, Communicator world) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(),
                new Class<?>[] {Kernels.class},
                new GatedKernels(delegate, world, layer));
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "linearCrossEntropy" -> {
                before = world.traffic().bytes();
                layers = 0;
            }
            case "attentionBackward" -> {
                layers++;
                if (layers == gate) {
                    awaitSending();
                }
            }
            default -> {
                // Only these two say where the pass is.
            }
        }
        try {
            return method.invoke(delegate, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void awaitSending() {
        long start = System.nanoTime();
        while (world.traffic().bytes() == before && System.nanoTime() - start < PATIENCE) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(world.traffic().bytes())
                .as("bytes sent before layer %d goes back", gate)
                .isGreaterThan(before);
    }
}
