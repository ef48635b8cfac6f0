package dev.calandra.cli;

import dev.calandra.configs.CalandraException;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.ParallelConfig;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.LocalCommunicator;
import dev.calandra.engine.collective.MpiCommunicator;
import dev.calandra.engine.collective.RankFailedException;
import dev.calandra.engine.collective.SingleRank;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The argument of commands that several ranks may run together, and the start of these ranks. */
final class RankedCommand {

    private static final long FIRST_WORD_NANOS = 3_000_000_000L;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--local-ranks",
            paramLabel = "N",
            description = "Run on N ranks in this process; mpirun or 'calandra launch' starts ranks as processes.")
    private int localRanks = 1;

    /** What one rank does. */
    @FunctionalInterface
    interface Body {
        /**
         * @param world borrowed
         * @param neighbours ranks that share this machine, this one included
         * @return the status to end with
         */
        int run(Communicator world, int neighbours);
    }

    /**
     * Runs a body on all ranks of this process: one as a process of several that something like {@code mpirun} has started, else
     * so many threads.
     *
     * @return what it returned on the first rank here
     * @throws RankFailedException naming the thread's rank that threw
     */
    int run(ParallelConfig parallel, Body body) {
        if (localRanks < 1) {
            throw new ParameterException(spec.commandLine(), "--local-ranks must be at least 1, is " + localRanks);
        }
        if (MpiCommunicator.started()) {
            if (localRanks > 1) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--local-ranks %d makes ranks of threads, but this process is a rank already; leave it out, or start without mpirun"
                                .formatted(localRanks));
            }
            return MpiCommunicator.run(parallel.patienceSeconds(), world -> process(world, body), this::report);
        }
        if (localRanks == 1) {
            try (Communicator alone = new SingleRank()) {
                return body.run(alone, 1);
            }
        }
        return LocalCommunicator.run(localRanks, world -> body.run(world, localRanks))
                .getFirst();
    }

    private static int process(Communicator world, Body body) {
        if (world.rank() != 0) {
            LibraryLog.hide();
        }
        return body.run(world, neighbours(world, hostName()));
    }

    /** Ranks that name the same host, this one included; collective. */
    static int neighbours(Communicator world, String host) {
        byte[] own = host.getBytes(StandardCharsets.UTF_8);
        return Math.toIntExact(world.allGather(own).stream()
                .filter(other -> Arrays.equals(own, other))
                .count());
    }

    /** Of hosts without a name all ranks are neighbours: too few threads are better than too many. */
    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "";
        }
    }

    /** What all ranks find wrong, rank 0 says: the others give it time, and are ended before they speak. */
    private int report(int rank, Throwable failure) {
        if (rank != 0 && failure instanceof CalandraException) {
            LockSupport.parkNanos(FIRST_WORD_NANOS);
        }
        PrintWriter err = spec.commandLine().getErr();
        boolean another = failure instanceof RankFailedException;
        ExitCode exit =
                ErrorReport.print(another ? failure : new RankFailedException(rank, "failed", failure), verbose(), err);
        err.flush();
        return exit.code();
    }

    private boolean verbose() {
        return spec.root().userObject() instanceof CalandraCommand root && root.verbose();
    }
}
