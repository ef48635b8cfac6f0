package dev.calandra.engine.collective;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntBiFunction;

/**
 * Ranks as processes, started by {@code mpirun} or what takes its place. Open MPI's collectives move the bytes; all of them are
 * non-blocking and waited for here, so that a rank in want of others takes no processor from them and learns of their end.
 */
public final class MpiCommunicator extends OrderedCommunicator {

    private static final int SPINS = 200;
    private static final int YIELDS = 200;
    private static final long NAP_NANOS = 50_000;
    /** Between two signs of life: patience counts seconds. */
    private static final long TICK_MILLIS = 1000;

    private final MpiLibrary library;
    private final long group;
    private final int rank;
    private final int size;
    private final Heartbeat heartbeat;
    private final LastWords lastWords;
    private final boolean world;

    private MpiCommunicator(
            MpiLibrary library, long group, Heartbeat heartbeat, LastWords lastWords, boolean world, Traffic traffic) {
        super(traffic);
        this.library = library;
        this.group = group;
        this.rank = library.rank(group);
        this.size = library.size(group);
        this.heartbeat = heartbeat;
        this.lastWords = lastWords;
        this.world = world;
    }

    /**
     * Whether something like {@code mpirun} has started this process as one of several.
     *
     * @throws MpiUnavailableException when something else has, under which they would not find each other
     */
    public static boolean started() {
        return new StartedTasks(System.getenv()).areRanks();
    }

    /** What this process does in the world of all that were started together. */
    @FunctionalInterface
    public interface Body {
        /** @return the status to end with */
        int run(Communicator world);
    }

    /**
     * Runs a body in the world of all processes that were started together; once in a process.
     *
     * @param patience seconds without a sign of life after which a process counts as lost
     * @param report says on a rank what the body has thrown, or which rank is lost, and which status it comes to; called once, by
     *     any thread, and all processes are ended after it
     * @return what the body returned, on every rank
     * @throws MpiUnavailableException when Open MPI is not installed, or has found fewer processes than were started
     * @throws MpiException when it does not start
     */
    public static int run(int patience, Body body, ToIntBiFunction<Integer, Throwable> report) {
        MpiLibrary library = new MpiLibrary();
        int rank = library.rank(library.world());
        int size = library.size(library.world());
        // Some were started by what this build of Open MPI cannot ask: each is a world of its own then.
        new StartedTasks(System.getenv()).requireTogether(size);
        LastWords lastWords = new LastWords(rank, report, library::abort);
        Heartbeat heartbeat = null;
        if (size > 1) {
            int previous = (rank + size - 1) % size;
            Beats beats = new MpiBeats(library, library.split(library.world(), 0, rank), (rank + 1) % size, previous);
            heartbeat = new Heartbeat(beats, rank, previous, new Heartbeat.Pace(TICK_MILLIS, patience), lastWords);
        }
        MpiCommunicator world =
                new MpiCommunicator(library, library.world(), heartbeat, lastWords, true, new Traffic());
        try {
            int status = body.run(world);
            world.close();
            return status;
        } catch (RuntimeException | Error e) {
            return lastWords.end(e);
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String name() {
        return library.version();
    }

    @Override
    void exchange(MemorySegment send, long[] sentBytes, MemorySegment receive, long[] arrivingBytes) {
        await(library.allToAll(group, send, sentBytes, receive, arrivingBytes));
    }

    @Override
    void gather(MemorySegment own, MemorySegment all, long[] bytes) {
        await(library.allGather(group, own, all, bytes, rank));
    }

    @Override
    void spread(MemorySegment data, int root) {
        await(library.broadcast(group, data, root));
    }

    @Override
    void meet() {
        await(library.barrier(group));
    }

    /** Not closed where it throws: the library may still write into what belongs to the request. */
    private void await(MpiLibrary.Request request) {
        for (int polls = 0; !request.isDone(); polls++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new IllegalStateException("interrupted while waiting for other ranks");
            }
            if (heartbeat != null && heartbeat.lost() != null) {
                throw heartbeat.lost();
            }
            if (polls < SPINS) {
                Thread.onSpinWait();
            } else if (polls < SPINS + YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
        request.close();
    }

    @Override
    OrderedCommunicator twin() {
        return joined(0);
    }

    @Override
    OrderedCommunicator part(int colour) {
        return joined(colour);
    }

    /** The library's split waits with its monitor held, so that no heart beats; all wait in a barrier before it instead. */
    private MpiCommunicator joined(int colour) {
        meet();
        return new MpiCommunicator(library, library.split(group, colour, rank), heartbeat, lastWords, false, traffic());
    }

    @Override
    void fail(Throwable cause) {
        lastWords.end(cause);
    }

    /** Groups end with the world: freeing one waits for its other ranks, who may have failed. */
    @Override
    void release() {
        if (world) {
            meet();
            if (heartbeat != null) {
                heartbeat.close();
            }
            library.end();
        }
    }
}
