package dev.calandra.cli;

import dev.calandra.trainer.run.StopRequest;
import java.io.PrintWriter;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Turns the first SIGTERM, SIGINT, SIGHUP of a terminal that is closed, or SIGUSR1, which is what schedulers send and mpirun passes
 * on, into a request to stop after the step under way; a second one ends the process at once. One that was ignored from the
 * start, as {@code nohup} has it, stays so.
 *
 * <p>Java's own answer to these signals, shutdown hooks, would close file systems while the last checkpoint is written.
 * {@code sun.misc.Signal} is supported for this use (JEP 260) but cannot be named without a compiler warning, so it is
 * reached by reflection.
 */
final class StopSignals {
    private static final List<String> SIGNALS = List.of("TERM", "INT", "HUP", "USR1");

    private final Consumer<String> stop;
    private final String answer;
    private final PrintWriter err;
    private final boolean once;

    /** @param once whether a second signal does what it does without this */
    private StopSignals(Consumer<String> stop, String answer, PrintWriter err, boolean once) {
        this.stop = stop;
        this.answer = answer;
        this.err = err;
        this.once = once;
    }

    /**
     * Watches from now on.
     *
     * @param err where the user is told that the request was heard
     */
    static void watch(StopRequest stop, PrintWriter err) {
        new StopSignals(stop::request, "finishing the step and saving; once more to end now.", err, true).start();
    }

    /**
     * From now on passes each request on to ranks that were launched.
     *
     * @param err where the user is told that the request was heard
     */
    static void forward(LaunchedRanks ranks, PrintWriter err) {
        String answer = "asking the ranks to finish the step and save; once more to end at once.";
        new StopSignals(ranks::ask, answer, err, false).start();
    }

    private void start() {
        try {
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            MethodHandle heard = MethodHandles.lookup()
                    .bind(this, "heard", MethodType.methodType(void.class, Object.class))
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
        stop.accept(signal.toString());
        err.println("calandra: " + signal + ": " + answer);
        if (!once) {
            return;
        }
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
