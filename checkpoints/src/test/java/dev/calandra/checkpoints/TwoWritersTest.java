package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.ModelStorage.Semantics;
import dev.calandra.checkpoints.RunClaim.Rival;
import dev.calandra.configs.CalandraException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two trainers on one run, the second with --takeover, in every order in which their eight steps can come: claim, open, stage, write, seal,
 * fence, commit, retain. No step is committed twice or mixed, and none appears behind the back of a trainer that has opened the run since.
 */
class TwoWritersTest {
    private static final Logger LOG = LoggerFactory.getLogger(TwoWritersTest.class);
    private static final String RUN = "/run";
    private static final RunClaim.Watch WATCH = new RunClaim.Watch(InstantSource.system(), Duration.ZERO, "");

    /** A trainer that is led through its steps one by one, and drops out when one of them fails. */
    private static final class Writer {
        private final ModelStorage storage;
        private final long step;
        private final long seed;
        private RunClaim claim;
        private CheckpointStore store;
        private List<Long> seen = List.of();
        private StagedCheckpoint staged;
        private ShardReport report;
        private boolean out;
        private int next;
        private int openedAt = Integer.MAX_VALUE;
        private int committedAt = Integer.MAX_VALUE;

        Writer(ModelStorage storage, long step, long seed) {
            this.storage = storage;
            this.step = step;
            this.seed = seed;
        }

        void step(int time) {
            int phase = next++;
            if (out) {
                return;
            }
            try {
                switch (phase) {
                    case 0 -> claim = RunClaim.take(storage, RUN, Rival.FENCE, WATCH);
                    case 1 -> open(time);
                    case 2 -> staged = store.stage(step, 1);
                    case 3 -> report = staged.writeShard(0, Samples.of(seed).sources());
                    case 4 -> staged.seal(List.of(report), Samples.of(seed).state());
                    case 5 -> store.requireCurrent(step);
                    case 6 -> commit(time);
                    case 7 -> store.finish(step);
                    default -> throw new IllegalStateException("a ninth step");
                }
            } catch (CalandraException e) {
                out = true;
                if (staged != null) {
                    staged.close();
                }
            }
        }

        private void open(int time) {
            store = new CheckpointStore(storage, RUN, claim, RetentionRule.last(2));
            try (Checkpoint newest = store.newestValid().orElseThrow()) {
                seen = store.steps();
                assertThat(newest.step()).isEqualTo(seen.getFirst());
            }
            openedAt = time;
        }

        private void commit(int time) {
            staged.rename();
            committedAt = time;
        }

        boolean committed() {
            return committedAt < Integer.MAX_VALUE;
        }

        long epoch() {
            return claim.epoch();
        }
    }

    private static final int STEPS = 8;

    @Tag("long")
    @ParameterizedTest
    @CsvSource({"LOCAL,20,20", "HDFS,20,20", "LOCAL,20,30"})
    void everyInterleaving(Semantics semantics, long first, long second) throws Exception {
        assertThat(visit(semantics, first, second, 1)).isEqualTo(12_870);
    }

    @ParameterizedTest
    @CsvSource({"LOCAL,20,20", "LOCAL,20,30"})
    void everyHundredthInterleaving(Semantics semantics, long first, long second) throws Exception {
        assertThat(visit(semantics, first, second, 100)).isEqualTo(129);
    }

    private static int visit(Semantics semantics, long first, long second, int stride) throws Exception {
        ModelStorage before = new ModelStorage(semantics);
        CheckpointStore store = Samples.store(before, RUN, 2);
        store.save(5, Samples.of(5).sources(), Samples.of(5).state());
        store.save(10, Samples.of(10).sources(), Samples.of(10).state());
        int orders = 0;
        int visited = 0;
        int fenced = 0;
        for (int order = 0; order < 1 << 2 * STEPS; order++) {
            if (Integer.bitCount(order) == STEPS && orders++ % stride == 0) {
                ModelStorage storage = before.copy();
                Writer a = new Writer(storage, first, 101);
                Writer b = new Writer(storage, second, 102);
                for (int time = 0; time < 2 * STEPS; time++) {
                    ((order >> time & 1) == 0 ? a : b).step(time);
                }
                fenced += assertSound(storage, a, b, "order " + Integer.toBinaryString(order));
                visited++;
            }
        }
        LOG.info(
                "{} interleavings of two writers, steps {} and {} on {}; in {} one of them was fenced",
                visited,
                first,
                second,
                semantics,
                fenced);
        assertThat(fenced).isPositive();
        return visited;
    }

    /** Returns how many of the two did not commit. */
    private static int assertSound(ModelStorage storage, Writer a, Writer b, String order) throws Exception {
        List<Writer> committed = new ArrayList<>();
        for (Writer writer : List.of(a, b)) {
            if (writer.committed()) {
                committed.add(writer);
            }
        }
        assertThat(committed).as("%s: somebody saves", order).isNotEmpty();
        if (a.step == b.step) {
            assertThat(committed).as("%s: one commit of one step", order).hasSize(1);
        }
        for (Writer writer : committed) {
            Writer other = writer == a ? b : a;
            if (writer.epoch() < other.epoch() && other.openedAt < Integer.MAX_VALUE) {
                assertThat(writer.committedAt)
                        .as("%s: before the later epoch opened", order)
                        .isLessThan(other.openedAt);
                assertThat(other.seen).as("%s: seen by the later epoch", order).contains(writer.step);
            }
        }
        CheckpointStore third = Samples.store(storage, RUN, 2);
        assertThat(third.steps()).as(order).hasSizeGreaterThanOrEqualTo(2);
        for (long step : third.steps()) {
            try (Checkpoint checkpoint = third.open(step)) {
                Optional<Writer> owner =
                        committed.stream().filter(writer -> writer.step == step).findFirst();
                Samples.of(owner.map(writer -> writer.seed).orElse(step)).assertHeldBy(checkpoint);
                if (owner.isPresent()) {
                    assertThat(checkpoint.manifest().epoch())
                            .as(order)
                            .isEqualTo(owner.get().epoch());
                }
            }
        }
        return 2 - committed.size();
    }
}
