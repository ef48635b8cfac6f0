package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.FaultyStorage.Fault;
import dev.calandra.checkpoints.ModelStorage.Semantics;
import dev.calandra.configs.CalandraException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One rank of four dies alone, over each of its storage operations and before each of its collective calls, while the others live: no rank
 * waits for ever, and the next process finds the run as {@link CrashPointTest} asks.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LostRankTest {
    private static final Logger LOG = LoggerFactory.getLogger(LostRankTest.class);
    private static final String RUN = "/runs/pico";
    private static final int RANKS = 4;
    private static final int NEVER = Integer.MAX_VALUE;
    private static final List<Fault> DEATHS = List.of(Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.KILLED_TORN);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private int states;

    @AfterAll
    void report() {
        threads.close();
        LOG.info("{} deaths of one rank of {}, no violation", states, RANKS);
    }

    /** How the one rank dies. */
    private record Death(int rank, int operation, Fault fault, int call) {}

    @ParameterizedTest
    @EnumSource(Semantics.class)
    void everyDeathOfOneRankLeavesARunToGoOnFrom(Semantics semantics) throws Exception {
        ModelStorage before = new ModelStorage(semantics);
        CheckpointStore store = Samples.store(before, RUN, 2);
        for (long step : List.of(10L, 20L)) {
            store.save(step, Samples.of(step).sources(), Samples.of(step).state());
        }
        int visited = 0;
        for (int rank = 0; rank < RANKS; rank++) {
            for (int call = 0; call < 3; call++) {
                assertThat(visit(before, new Death(rank, NEVER, Fault.KILLED_BEFORE, call)))
                        .as("call %d of rank %d", call, rank)
                        .isTrue();
                visited++;
            }
            for (Fault fault : DEATHS) {
                int operation = 0;
                while (visit(before, new Death(rank, operation, fault, -1))) {
                    operation++;
                }
                visited += operation;
                assertThat(operation).as("operations of rank %d", rank).isGreaterThan(rank == 0 ? 30 : 3);
            }
        }
        states += visited;
    }

    /** Whether the rank died. */
    private boolean visit(ModelStorage before, Death death) throws Exception {
        ModelStorage disk = before.copy();
        MortalRanks group = new MortalRanks(RANKS);
        List<FaultyStorage> storages = new ArrayList<>();
        List<Future<Boolean>> ranks = new ArrayList<>();
        for (int rank = 0; rank < RANKS; rank++) {
            boolean mortal = rank == death.rank();
            FaultyStorage storage = new FaultyStorage(disk, mortal ? death.operation() : NEVER, death.fault());
            SaveGroup view = group.rank(rank, mortal ? death.call() : -1, storage::fired);
            storages.add(storage);
            int number = rank;
            ranks.add(threads.submit(() -> save(number, storage, view, group)));
        }
        boolean saved = false;
        for (int rank = RANKS - 1; rank >= 0; rank--) {
            saved = ended(ranks.get(rank), death);
        }
        boolean died = death.call() >= 0 || storages.get(death.rank()).fired();
        assertThat(died || saved).as("%s", death).isTrue();
        CrashPointTest.assertRecovers(disk, saved ? Set.of(30L) : Set.of(20L, 30L), "", death.toString());
        return died;
    }

    private static boolean save(int rank, FaultyStorage storage, SaveGroup view, MortalRanks group) {
        List<TensorSource> part = Samples.of(30).parts(RANKS).get(rank);
        if (rank > 0) {
            new GroupMember(storage, view).save(part);
            return true;
        }
        try {
            RunClaim claim = Samples.claim(storage, RUN);
            CheckpointStore store = new CheckpointStore(storage, RUN, claim, RetentionRule.last(2));
            store.save(30, part, Samples.of(30).state(), view);
            return true;
        } finally {
            if (storage.fired()) {
                group.lose();
            }
        }
    }

    /** Whether the rank says that the step was saved. */
    private static boolean ended(Future<Boolean> rank, Death death) throws InterruptedException {
        try {
            return rank.get();
        } catch (ExecutionException e) {
            assertThat(e.getCause())
                    .as("%s", death)
                    .isInstanceOfAny(CalandraException.class, MortalRanks.RankLostException.class);
            return false;
        }
    }
}
