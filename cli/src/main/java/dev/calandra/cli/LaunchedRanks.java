package dev.calandra.cli;

import dev.calandra.configs.ExitCode;
import dev.calandra.trainer.run.StopRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The {@code mpirun} that goes on now, if one does, and how it hears of a request to stop. Safe for use by a signal's thread. */
final class LaunchedRanks {

    private final StopRequest stop;
    private final PrintWriter err;
    private Process mpirun;

    /**
     * @param stop whether this process was asked to stop
     * @param err where a request that could not be passed on is told
     */
    LaunchedRanks(StopRequest stop, PrintWriter err) {
        this.stop = stop;
        this.err = err;
    }

    /**
     * Runs to its end, with this process's input and output.
     *
     * @return its status, or that of a stop where that was asked for before
     */
    int run(List<String> line, Map<String, String> environment) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(line).inheritIO();
        builder.environment().putAll(environment);
        Optional<Process> begun = begin(builder);
        return begun.isEmpty() ? ExitCode.STOPPED.code() : begun.get().waitFor();
    }

    /** Whoever asks from now on reaches it; once somebody has asked, nothing begins. */
    private synchronized Optional<Process> begin(ProcessBuilder builder) throws IOException {
        if (stop.requested()) {
            return Optional.empty();
        }
        mpirun = builder.start();
        return Optional.of(mpirun);
    }

    /** Asks the ranks to stop; asked again, ends them. Between two starts nothing is there to be asked, and none follows. */
    synchronized void ask(String signal) {
        boolean again = stop.requested();
        stop.request(signal);
        if (mpirun == null || !mpirun.isAlive()) {
            return;
        }
        if (again) {
            mpirun.destroy();
            return;
        }
        try {
            new ProcessBuilder("kill", "-USR1", Long.toString(mpirun.pid())).start();
        } catch (IOException e) {
            err.println("calandra: cannot pass " + signal + " on to mpirun: " + e.getMessage());
        }
    }
}
