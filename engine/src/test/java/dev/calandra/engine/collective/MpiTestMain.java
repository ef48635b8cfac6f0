package dev.calandra.engine.collective;

import java.util.concurrent.locks.LockSupport;

/** What {@link MpiCommunicatorTest} runs in each process. */
final class MpiTestMain {

    private static final int PATIENCE = 5;
    private static final int FAILED = 5;

    private MpiTestMain() {}

    public static void main(String[] arguments) {
        int status = MpiCommunicator.run(PATIENCE, world -> run(world, arguments[0]), (rank, failure) -> {
            System.out.println("failed " + rank + " " + failure);
            System.out.flush();
            return FAILED;
        });
        System.exit(status);
    }

    private static int run(Communicator world, String what) {
        switch (what) {
            case "contract" -> System.out.println("digest " + CommunicatorContract.check(world));
            case "throw" -> throwOnRankTwo(world);
            case "background" -> throwInTheBackgroundOfRankTwo(world);
            case "compute" -> compute(world);
            case "late" -> splitWhenRankOneIsLate(world);
            default -> wait(world, what.equals("wait") ? 3600 : 6);
        }
        return 0;
    }

    private static void throwOnRankTwo(Communicator world) {
        if (world.rank() == 2) {
            throw new IllegalStateException("out of luck");
        }
        world.barrier();
    }

    /** Rank 1 comes later than the others' patience lasts, and all the while its heart beats. */
    private static void splitWhenRankOneIsLate(Communicator world) {
        if (world.rank() == 1) {
            LockSupport.parkNanos((PATIENCE + 3) * 1_000_000_000L);
        }
        world.split(0).close();
    }

    /** Its own thread goes on computing all the while. */
    private static void throwInTheBackgroundOfRankTwo(Communicator world) {
        world.start(group -> {
            if (group.rank() == 2) {
                throw new IllegalStateException("out of luck");
            }
            group.barrier();
        });
        LockSupport.parkNanos(3600 * 1_000_000_000L);
    }

    /** Asks the others for nothing: whoever is lost among them is missed by a heart alone. */
    private static void compute(Communicator world) {
        System.out.println("pid " + world.rank() + " " + ProcessHandle.current().pid());
        LockSupport.parkNanos(3600 * 1_000_000_000L);
    }

    private static void wait(Communicator world, int seconds) {
        System.out.println("pid " + world.rank() + " " + ProcessHandle.current().pid());
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        boolean goesOn = true;
        while (goesOn) {
            goesOn = world.allReduce(new long[] {end - System.nanoTime()}, Reduction.MAX)[0] > 0;
        }
    }
}
