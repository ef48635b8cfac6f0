package dev.calandra.cli;

import dev.calandra.trainer.run.StopRequest;
import java.io.PrintWriter;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.util.List;

/**
 * Turns the first SIGTERM or SIGINT into a request to stop after the step under way; a second one ends the process at
 * once.
 *
 * <p>Java's own answer to these signals, shutdown hooks, would close file systems while the last checkpoint is written.
 * {@code sun.misc.Signal} is supported for this use (JEP 260) but cannot be named without a compiler warning, so it is
 * reached by reflection.
 */
final class StopSignals {
    private static final List<String> SIGNALS = List.of("TERM", "INT");

    private final StopRequest stop;
    private final PrintWriter err;

    private StopSignals(StopRequest stop, PrintWriter err) {
        this.stop = stop;
        this.err = err;
    }

    /**
     * Watches from now on.
     *
     * @param err where the user is told that the request was heard
     */
    static void watch(StopRequest stop, PrintWriter err) {
        StopSignals watcher = new StopSignals(stop, err);
        try {
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            MethodHandle heard = MethodHandles.lookup()
                    .bind(watcher, "heard", MethodType.methodType(void.class, Object.class))
                    .asType(MethodType.methodType(void.class, Class.forName("sun.misc.Signal")));
            Object proxy = MethodHandleProxies.asInterfaceInstance(handler, heard);
            for (String name : SIGNALS) {
                handle(name, proxy);
            }
        } catch (ReflectiveOperationException e) {
            err.println("calandra: this Java cannot watch signals (" + e + "); Ctrl-C loses the steps since the last"
                    + " checkpoint.");
        }
    }

    private void heard(Object signal) {
        stop.request(signal.toString());
        err.println("calandra: " + signal + ": finishing the step and saving; once more to end now.");
        try {
            Object standard =
                    Class.forName("sun.misc.SignalHandler").getField("SIG_DFL").get(null);
            for (String name : SIGNALS) {
                handle(name, standard);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the standard signal handler is out of reach", e);
        }
    }

    private static void handle(String name, Object handler) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Object instance = signal.getConstructor(String.class).newInstance(name);
        try {
            signal.getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
                    .invoke(null, instance, handler);
        } catch (InvocationTargetException e) {
            throw new ReflectiveOperationException(
                    "SIG" + name + ": " + e.getCause().getMessage(), e.getCause());
        }
    }
}
