package dev.calandra.trainer.parallel;

import dev.calandra.checkpoints.RankLayout;
import dev.calandra.checkpoints.RowRange;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ParallelConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.Problem;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.Reduction;
import dev.calandra.engine.collective.SingleRank;
import dev.calandra.engine.tape.ExpertGroup;
import dev.calandra.trainer.model.Parameter;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The ranks of a run, seen from one of them. Every rank trains on its own part of the batch.
 *
 * @param world all ranks
 * @param experts those that share one copy of the routed experts out among them
 * @param replicas those that hold the same experts as this one
 * @param layout who is who
 * @param parallel how activations and weights travel between ranks
 */
public record Ranks(
        Communicator world, Communicator experts, Communicator replicas, RankLayout layout, ParallelConfig parallel)
        implements AutoCloseable {

    /**
     * Parts the world into groups; collective.
     *
     * @param world borrowed
     * @throws ConfigException when the config does not fit the number of ranks: which key, and what would
     */
    public static Ranks of(Communicator world, PretrainConfig config) {
        ParallelConfig parallel = config.parallel();
        RankLayout layout = layout(world.size(), config);
        int rank = world.rank();
        return new Ranks(
                world, world.split(layout.replica(rank)), world.split(layout.expertRank(rank)), layout, parallel);
    }

    /** One rank that does everything by itself. */
    public static Ranks single(PretrainConfig config) {
        return of(new SingleRank(), config);
    }

    /**
     * The layout of a run on so many ranks.
     *
     * @throws ConfigException when the config does not fit the number of ranks
     */
    public static RankLayout layout(int ranks, PretrainConfig config) {
        int experts = config.parallel().expert();
        int batch = config.run().batchSize();
        if (ranks % experts != 0) {
            throw refused(
                    "parallel.expert",
                    "does not divide the number of ranks (%d into %d); use a divisor".formatted(experts, ranks));
        }
        if (config.model().numExperts() % experts != 0) {
            throw refused(
                    "parallel.expert",
                    "does not divide model.num_experts (%d ranks for %d experts); use a divisor"
                            .formatted(experts, config.model().numExperts()));
        }
        if (batch % ranks != 0) {
            throw refused(
                    "run.batch_size",
                    "cannot be shared out among the ranks (%d sequences for %d); use a multiple"
                            .formatted(batch, ranks));
        }
        int perPass = config.run().microBatchSize();
        if (perPass != 0 && batch / ranks % perPass != 0) {
            throw refused(
                    "run.micro_batch_size",
                    "does not divide a rank's sequences (%d into %d, batch_size %d over %d ranks); use a divisor, or 0"
                            .formatted(perPass, batch / ranks, batch, ranks));
        }
        return new RankLayout(ranks, experts);
    }

    private static ConfigException refused(String key, String reason) {
        return new ConfigException(new Problem("", 0, key, reason));
    }

    /** Whether this rank is the one that speaks, writes metrics and commits checkpoints. */
    public boolean first() {
        return world.rank() == 0;
    }

    /** Who shares the routed experts with this rank. */
    public ExpertGroup expertGroup() {
        return new ExpertGroup(
                experts,
                switch (parallel.dispatch()) {
                    case F32 -> ExpertGroup.Wire.F32;
                    case FP8 -> ExpertGroup.Wire.FP8;
                },
                switch (parallel.combine()) {
                    case F32 -> ExpertGroup.Answers.F32;
                    case BF16 -> ExpertGroup.Answers.BF16;
                });
    }

    /** Where in a list of so many equal items of the whole batch this rank's begin and end. */
    public RowRange share(int items) {
        return RowRange.share(items, world.rank(), world.size());
    }

    /** The ranks that hold the same rows of a parameter, and so share its optimizer state out among them. */
    Communicator holders(Parameter parameter) {
        return parameter.ofExperts() ? replicas : world;
    }

    /** What this rank owns of the rows that it holds of a parameter. */
    public RowRange owned(Parameter parameter) {
        Communicator holders = holders(parameter);
        return RowRange.share(parameter.rows(), holders.rank(), holders.size());
    }

    /** What each holder owns of a parameter, in the order of their ranks. */
    List<RowRange> shares(Parameter parameter) {
        int holders = holders(parameter).size();
        return IntStream.range(0, holders)
                .mapToObj(holder -> RowRange.share(parameter.rows(), holder, holders))
                .toList();
    }

    /** Whether any rank says yes. */
    public boolean any(boolean mine) {
        return world.allReduce(new long[] {mine ? 1 : 0}, Reduction.MAX)[0] != 0;
    }

    /** The groups; the world is whoever's made it. */
    @Override
    public void close() {
        try (experts) {
            replicas.close();
        }
    }
}
