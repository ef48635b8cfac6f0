package dev.calandra.engine.collective;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Ranks as threads of one JVM: every rank reads the others' memory. */
public final class LocalCommunicator extends OrderedCommunicator {

    private final LocalWorld world;
    private final LocalWorld.Meeting meeting;
    private final int rank;

    private LocalCommunicator(LocalWorld world, LocalWorld.Meeting meeting, int rank, Traffic traffic) {
        super(traffic);
        this.world = world;
        this.meeting = meeting;
        this.rank = rank;
    }

    /**
     * Runs a body on so many ranks, each on a thread of its own, and waits for all of them.
     *
     * @param body gets the world, which it need not close
     * @return the results in the order of the ranks
     * @throws RankFailedException naming the first rank that threw, with what it threw as the cause; all others have ended then
     */
    public static <T> List<T> run(int ranks, Function<Communicator, T> body) {
        LocalWorld world = new LocalWorld(ranks);
        LocalWorld.Meeting all =
                world.new Meeting(IntStream.range(0, ranks).boxed().toList());
        List<T> results = new ArrayList<>(Collections.nCopies(ranks, null));
        List<Thread> threads = new ArrayList<>();
        for (int r = 0; r < ranks; r++) {
            int rank = r;
            threads.add(Thread.ofPlatform()
                    .name("calandra-rank-" + rank)
                    .start(() -> results.set(rank, runRank(world, all, rank, body))));
        }
        join(threads);
        if (world.failure() != null) {
            throw world.failure();
        }
        return results;
    }

    private static <T> T runRank(LocalWorld world, LocalWorld.Meeting all, int rank, Function<Communicator, T> body) {
        try (Communicator communicator = new LocalCommunicator(world, all, rank, new Traffic())) {
            return body.apply(communicator);
        } catch (RuntimeException | Error e) {
            world.fail(rank, e);
            return null;
        } finally {
            world.end(rank);
        }
    }

    private static void join(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    threads.forEach(Thread::interrupt);
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return meeting.members().size();
    }

    @Override
    public String name() {
        return "threads of one JVM";
    }

    /** What a rank shows the others: the bytes, and how many go to each. */
    private record Shown(MemorySegment bytes, long[] parts) {}

    @Override
    void exchange(MemorySegment send, long[] sentBytes, MemorySegment receive, long[] arrivingBytes) {
        List<Object> all = meeting.meet(rank, "all-to-all", new Shown(send, sentBytes));
        long to = 0;
        for (int r = 0; r < size(); r++) {
            Shown other = (Shown) all.get(r);
            long from = IntStream.range(0, rank).mapToLong(i -> other.parts[i]).sum();
            if (other.parts[rank] != arrivingBytes[r]) {
                throw new IllegalStateException("rank " + r + " sends " + other.parts[rank] + " bytes where rank "
                        + rank + " expects " + arrivingBytes[r]);
            }
            MemorySegment.copy(other.bytes, from, receive, to, arrivingBytes[r]);
            to += arrivingBytes[r];
        }
        meeting.meet(rank, "the end of all-to-all", true);
    }

    @Override
    void gather(MemorySegment own, MemorySegment all, long[] bytes) {
        List<Object> shown = meeting.meet(rank, "all-gather", own);
        long to = 0;
        for (int r = 0; r < size(); r++) {
            MemorySegment.copy((MemorySegment) shown.get(r), 0, all, to, bytes[r]);
            to += bytes[r];
        }
        meeting.meet(rank, "the end of all-gather", true);
    }

    @Override
    void spread(MemorySegment data, int root) {
        List<Object> shown = meeting.meet(rank, "broadcast", data);
        if (rank != root) {
            data.copyFrom((MemorySegment) shown.get(root));
        }
        meeting.meet(rank, "the end of broadcast", true);
    }

    @Override
    void meet() {
        meeting.meet(rank, "barrier", true);
    }

    /** What a rank brings to a split, and room for the group that the first of its colour founds. */
    private record Founding(int colour, LocalWorld.Meeting group) {}

    @Override
    OrderedCommunicator twin() {
        return joined(0);
    }

    @Override
    OrderedCommunicator part(int colour) {
        return joined(colour);
    }

    private OrderedCommunicator joined(int colour) {
        List<Object> colours = meeting.meet(rank, "split", colour);
        List<Integer> members = IntStream.range(0, size())
                .filter(r -> (int) colours.get(r) == colour)
                .boxed()
                .toList();
        LocalWorld.Meeting founded = world
        .new Meeting(members.stream().map(r -> meeting.members().get(r)).toList());
        List<Object> foundings = meeting.meet(rank, "the end of split", new Founding(colour, founded));
        LocalWorld.Meeting group = ((Founding) foundings.get(members.getFirst())).group();
        return new LocalCommunicator(world, group, members.indexOf(rank), traffic());
    }

    @Override
    void fail(Throwable cause) {
        world.fail(meeting.members().get(rank), cause);
    }

    @Override
    void release() {
        // Memory is the collector's; whoever still waits is told that this rank has ended.
    }
}
