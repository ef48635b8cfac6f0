package dev.calandra.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LocalCommunicatorTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void keepsTheContract(int ranks) {
        assertThat(LocalCommunicator.run(ranks, CommunicatorContract::check).stream()
                        .distinct())
                .hasSize(1);
    }

    @Test
    void aGroupOfOneNeedsNobody() {
        try (Communicator single = new SingleRank()) {
            long alone = CommunicatorContract.check(single);
            assertThat(LocalCommunicator.run(1, CommunicatorContract::check)).containsExactly(alone);
        }
    }

    @Test
    void aRankThatThrowsEndsAllOthersAndIsNamed() {
        IllegalStateException failure = new IllegalStateException("out of luck");
        assertThatThrownBy(() -> LocalCommunicator.run(4, world -> {
                    if (world.rank() == 2) {
                        throw failure;
                    }
                    while (true) {
                        world.allReduce(new long[] {1}, Reduction.SUM);
                    }
                }))
                .isInstanceOfSatisfying(
                        RankFailedException.class, e -> assertThat(e.rank()).isEqualTo(2))
                .hasCause(failure);
    }

    @Test
    void aFailureReachesThoseWhoWaitInAnotherGroup() {
        assertThatThrownBy(() -> LocalCommunicator.run(4, world -> {
                    try (Communicator half = world.split(world.rank() / 2)) {
                        if (world.rank() == 0) {
                            throw new IllegalStateException("in the first half");
                        }
                        half.barrier();
                        world.barrier();
                        return 0;
                    }
                }))
                .hasMessageContaining("rank 0 failed")
                .hasRootCauseMessage("in the first half");
    }

    @Test
    void aRankThatLeavesEarlyIsNamed() {
        assertThatThrownBy(() -> LocalCommunicator.run(3, world -> {
                    if (world.rank() != 1) {
                        world.barrier();
                    }
                    return 0;
                }))
                .hasMessageContaining("rank 1")
                .hasMessageContaining("ended while others wait in barrier");
    }

    @Test
    void ranksThatDoDifferentThingsAreTold() {
        assertThatThrownBy(() -> LocalCommunicator.run(2, world -> {
                    if (world.rank() == 0) {
                        world.barrier();
                    } else {
                        world.allGather(new byte[1]);
                    }
                    return 0;
                }))
                .hasMessageContaining("while others are in");
    }

    /** Rank 0's second sum must not meet rank 1's first; rank 1 hears of it although rank 0 waits for nothing of its own. */
    @Test
    void aBackgroundThatHasThrownRunsNothingMoreAndTheOthersAreTold() {
        CountDownLatch told = new CountDownLatch(1);
        List<Long> seen = new CopyOnWriteArrayList<>();
        assertThatThrownBy(() -> LocalCommunicator.run(2, world -> {
                    Consumer<Communicator> sum = group -> seen.add(group.allReduce(new long[] {1}, Reduction.SUM)[0]);
                    if (world.rank() == 1) {
                        Communicator.Pending first = world.start(sum);
                        assertThatThrownBy(first::await)
                                .isInstanceOfSatisfying(
                                        RankFailedException.class,
                                        e -> assertThat(e.rank()).isZero());
                        told.countDown();
                        return 0;
                    }
                    world.start(group -> {
                        throw new IllegalStateException("out of luck");
                    });
                    Communicator.Pending second = world.start(sum);
                    await(told);
                    second.await();
                    return 0;
                }))
                .isInstanceOfSatisfying(
                        RankFailedException.class, e -> assertThat(e.rank()).isZero())
                .hasRootCauseMessage("out of luck");
        assertThat(seen).isEmpty();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aBackgroundOfOneRankRunsNothingAfterAFailureEither() {
        List<String> run = new CopyOnWriteArrayList<>();
        try (Communicator alone = new SingleRank()) {
            Communicator.Pending first = alone.start(group -> {
                throw new IllegalStateException("out of luck");
            });
            Communicator.Pending next = alone.start(group -> run.add("next"));
            assertThatThrownBy(first::await).hasMessage("out of luck");
            assertThatThrownBy(next::await).hasRootCauseMessage("out of luck");
        }
        assertThat(run).isEmpty();
    }

    @Test
    void trafficIsWhatGoesToOthers() {
        List<Long> bytes = LocalCommunicator.run(4, world -> {
            try (TensorMemory memory = new TensorMemory();
                    Tensor values = memory.zeros(DType.F32, 4000)) {
                world.allReduce(values, Reduction.SUM);
                return world.traffic().bytes();
            }
        });
        // Three quarters of the values are reduced elsewhere; a reduced quarter goes to three others.
        assertThat(bytes).containsOnly(2 * 3 * 1000 * 4L);
    }

    @Test
    void recordedCallsSayWhatTheyWereForAndWhere() {
        LocalCommunicator.run(2, world -> {
            world.barrier();
            world.traffic().startRecording();
            Purpose.WEIGHTS.during(() -> world.allGather(new byte[3]));
            Communicator.Pending pending = Purpose.GRADIENTS.of(() -> world.start(Communicator::barrier));
            Purpose.GRADIENTS.during(pending::await);
            world.allReduce(new long[1], Reduction.SUM);
            List<CollectiveCall> calls = world.traffic().stopRecording();
            world.barrier();
            long here = Thread.currentThread().threadId();
            assertThat(calls)
                    .extracting(CollectiveCall::purpose, CollectiveCall::collective, call -> call.thread() == here)
                    .containsExactly(
                            tuple(Purpose.WEIGHTS, Collective.ALL_GATHER, true),
                            tuple(Purpose.GRADIENTS, Collective.BARRIER, false),
                            tuple(Purpose.GRADIENTS, Collective.AWAIT, true),
                            tuple(Purpose.OTHER, Collective.ALL_REDUCE, true));
            assertThat(calls.getFirst().bytes()).isEqualTo(3 + Long.BYTES);
            assertThat(world.traffic().stopRecording()).isEmpty();
            return 0;
        });
    }
}
