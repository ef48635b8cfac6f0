package dev.calandra.trainer.parallel;

import dev.calandra.checkpoints.RankLayout;
import dev.calandra.checkpoints.RowRange;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ParallelConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.Problem;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.PairwiseSum;
import dev.calandra.engine.collective.Reduction;
import dev.calandra.engine.collective.SingleRank;
import dev.calandra.engine.tape.ExpertGroup;
import dev.calandra.trainer.model.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The ranks of a run, seen from one of them. Every rank trains on its own part of the batch.
 *
 * @param world all ranks
 * @param experts those that share one copy of the routed experts out among them
 * @param replicas those that hold the same experts as this one
 * @param layout who is who
 * @param parallel how activations and weights travel between ranks, and into how many parts a batch is cut
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
        return layout(ranks, config.parallel().expert(), config);
    }

    /**
     * The same with another {@code parallel.expert} than the config's.
     *
     * @throws ConfigException when the config does not fit the number of ranks
     */
    public static RankLayout layout(int ranks, int experts, PretrainConfig config) {
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
        int reproducible = config.parallel().reproducibleRanks();
        if (reproducible > 1 && !PairwiseSum.blocks(reproducible, ranks)) {
            throw refused(
                    "parallel.reproducible_ranks",
                    "%d parts of a batch cannot be added by %d ranks as one rank adds them; use %s ranks, or another key (%d for this number of ranks), or 1 to let every number of ranks round in its own way"
                            .formatted(reproducible, ranks, covered(reproducible), ranks));
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

    /** The numbers of ranks that add so many parts alike. */
    private static String covered(int parts) {
        return IntStream.rangeClosed(1, parts)
                .filter(ranks -> PairwiseSum.blocks(parts, ranks))
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", "));
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
                },
                reproducible() ? ExpertGroup.Sources.APART : ExpertGroup.Sources.TOGETHER);
    }

    private boolean reproducible() {
        return parallel.reproducibleRanks() > 1;
    }

    /** Parts of this rank's share of a batch, in the order of the sequences; gradients of each are summed by themselves. */
    public int partsHere() {
        return reproducible() ? parallel.reproducibleRanks() / world.size() : 1;
    }

    /** Parts of a batch, over all ranks. */
    public int parts() {
        return partsHere() * world.size();
    }

    /** The number of this rank's first part among those of all. */
    public int firstPart() {
        return partsHere() * world.rank();
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

    /**
     * The rows that this rank owns of a parameter, in as many pieces as it has parts of a step: of all pieces of all ranks, those
     * from {@link #firstPiece} on. Cut like this, rows are the same pieces on any number of ranks.
     */
    public List<RowRange> ownedPieces(Parameter parameter) {
        long all = (long) parameter.rows() * (parameter.ofExperts() ? experts.size() : 1);
        int first = firstPiece(parameter, world.rank());
        return IntStream.range(first, first + partsHere())
                .mapToObj(piece -> RowRange.share(all, piece, parts()).countedFrom(parameter.firstRow()))
                .toList();
    }

    private int firstPiece(Parameter parameter, int rank) {
        int owner = parameter.ofExperts() ? layout.expertRank(rank) * layout.replicas() + layout.replica(rank) : rank;
        return owner * partsHere();
    }

    /**
     * Adds up what each rank has computed from its {@link #ownedPieces}, parameter by parameter, in an order that does not
     * depend on the number of ranks; collective.
     *
     * @param own F64 [P, parts here]
     * @param memory for the numbers of all
     */
    public double sumOverPieces(List<Parameter> parameters, Tensor own, TensorMemory memory) {
        long[] counts = new long[world.size()];
        Arrays.fill(counts, own.size());
        double[] sums = new double[parameters.size() * parts()];
        try (Tensor all = memory.allocate(DType.F64, world.size(), parameters.size(), partsHere())) {
            world.allGather(own, counts, all);
            long at = 0;
            for (int rank = 0; rank < world.size(); rank++) {
                for (int p = 0; p < parameters.size(); p++) {
                    int first = p * parts() + firstPiece(parameters.get(p), rank);
                    for (int piece = 0; piece < partsHere(); piece++) {
                        sums[first + piece] = all.getDouble(at++);
                    }
                }
            }
        }
        double sum = 0;
        for (double more : sums) {
            sum += more;
        }
        return sum;
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
