package dev.calandra.laws.plan;

import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;

/**
 * How long a step takes on a layout: seconds of its parts, of which each rank goes through one after another.
 *
 * <ul>
 *   <li>Computing: tokens of a rank at the rate that one rank by itself was measured at, longer where ranks share cores.
 *   <li>Waiting for the busiest rank of an expert group: the routed experts' share of computing, times what the busiest has more
 *       than the mean.
 *   <li>Exchange with the experts, moved weights: {@link Traffic} over a {@link Link}; nothing is computed meanwhile. The
 *       exchange, too, waits for the busiest.
 *   <li>Sums of gradients, as far as they do not fit beside the last backward pass. Only spare cores can send while others compute, and
 *       the embedding's gradient is not complete before the pass is over.
 * </ul>
 *
 * What a rank does once a step whatever its share of the batch, such as encoding the weights that all ranks hold, is in the measured rate
 * and is divided by the ranks with it here: many ranks with few sequences each are somewhat slower.
 *
 * Bytes that ranks of one node send are carried by its cores: where these have no time to spare, they take turns as computing does.
 *
 * @param compute seconds at the measured rate
 * @param coreSharing seconds on top, because threads take turns on the cores
 * @param imbalance seconds on top, for the busiest rank
 * @param exchange seconds
 * @param weights seconds
 * @param gradients seconds that the sum of gradients takes
 * @param hidden of these, seconds beside the backward pass
 * @param tokens of a step, of all ranks
 * @param ranks of the layout
 */
public record Simulation(
        double compute,
        double coreSharing,
        double imbalance,
        double exchange,
        double weights,
        double gradients,
        double hidden,
        long tokens,
        int ranks) {

    /** A backward pass costs two forward passes. */
    private static final double BACKWARD = 2.0 / 3;

    private static final double GRADIENT_MESSAGE = 1L << 20;
    private static final double WEIGHT_MESSAGE = 1L << 22;

    /** Collectives of one layer with experts in a forward pass: counts, places, rows there and back. */
    private static final int FORWARD_EXCHANGES = 4;

    /** And in a backward pass: gradients of the answers, of the rows and of the weights. */
    private static final int BACKWARD_EXCHANGES = 4;

    private static final double F32 = 4;

    /**
     * What was measured.
     *
     * @param tokensPerSecond of one rank by itself
     * @param link between ranks
     * @param node that all ranks run on, or each of several alike
     * @param trace of routing
     */
    public record Measured(double tokensPerSecond, Link link, Node node, RoutingTrace trace) {

        public Measured {
            if (!(tokensPerSecond > 0 && Double.isFinite(tokensPerSecond))) {
                throw new IllegalArgumentException("a rate of " + tokensPerSecond + " tokens/s; it must be above 0");
            }
        }
    }

    /** Simulates a config on a layout. */
    public static Simulation of(PretrainConfig config, Layout layout, Measured measured) {
        Traffic traffic = Traffic.of(config, layout);
        HeldParameters held = HeldParameters.of(config.model());
        Link link = measured.link();
        double slow = measured.node().slowdown();
        double compute = (double) config.tokensPerStep() / layout.ranks() / measured.tokensPerSecond();
        double busiest = layout.expert() == 1 ? 1 : measured.trace().busiest(layout.expert());
        int passes = passes(config, layout);
        double exchanges = (double) exchanges(config) * Traffic.expertLayers(config.model()) * passes;
        double gradients = slow
                * (shared(held.everywhere(), GRADIENT_MESSAGE, layout.ranks(), link)
                        + shared(
                                (double) held.routed() / layout.expert(),
                                GRADIENT_MESSAGE,
                                layout.expertReplicas(),
                                link)
                        + traffic.gradients() / link.bytesPerSecond());
        double weights = slow
                * (shared(held.everywhere(), WEIGHT_MESSAGE, layout.ranks(), link)
                        + shared(
                                (double) held.routed() / layout.expert(), WEIGHT_MESSAGE, layout.expertReplicas(), link)
                        + traffic.weights() / link.bytesPerSecond());
        double window = measured.node().coresToSpare() ? BACKWARD * compute / passes : 0;
        return new Simulation(
                compute,
                compute * (slow - 1),
                compute * slow * routedShare(config) * (busiest - 1),
                slow * busiest * link.seconds(exchanges, layout.expert(), traffic.exchange()),
                weights,
                gradients,
                Math.min(gradients - slow * embedding(config.model(), layout, link), window),
                config.tokensPerStep(),
                layout.ranks());
    }

    /** Latency of the messages that so many elements are sent in. */
    private static double shared(double elements, double perMessage, int ranks, Link link) {
        return link.seconds(Math.ceil(elements / perMessage), ranks, 0);
    }

    private static int passes(PretrainConfig config, Layout layout) {
        int sequences = Math.max(1, config.run().batchSize() / layout.ranks());
        return Math.ceilDiv(sequences, Math.max(1, config.sequencesPerPass(layout.ranks())));
    }

    private static int exchanges(PretrainConfig config) {
        return (config.run().recomputeLayers() ? 2 : 1) * FORWARD_EXCHANGES + BACKWARD_EXCHANGES;
    }

    /** Seconds of the sum that begins when the backward pass is over. */
    private static double embedding(ModelConfig model, Layout layout, Link link) {
        double elements = (double) model.vocabSize() * model.hiddenSize();
        double bytes = F32 * elements * (layout.ranks() - 1) / layout.ranks();
        return link.seconds(Math.ceil(elements / GRADIENT_MESSAGE), layout.ranks(), bytes);
    }

    /** What part of a step's operations the routed experts are. */
    private static double routedShare(PretrainConfig config) {
        ModelConfig model = config.model();
        double perToken = 2.0
                * Traffic.expertLayers(model)
                * model.numExpertsPerTok()
                * 3
                * model.hiddenSize()
                * model.moeIntermediateSize();
        return perToken / ModelCost.of(model, config.data().sequenceLength()).modelForwardFlops();
    }

    /** Seconds of a step. */
    public double seconds() {
        return compute + coreSharing + imbalance + exchange + weights + gradients - hidden;
    }

    /** Of all ranks together. */
    public double tokensPerSecond() {
        return tokens / seconds();
    }

    /** How many times the rate of one rank by itself. */
    public double speedup() {
        return compute * ranks / seconds();
    }

    /** Speedup over what as many ranks would reach that only share cores. */
    public double efficiency() {
        return (compute + coreSharing) / seconds();
    }
}
