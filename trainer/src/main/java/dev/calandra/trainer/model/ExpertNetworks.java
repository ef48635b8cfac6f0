package dev.calandra.trainer.model;

import dev.calandra.configs.ModelConfig;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.tape.ExpertGroup;
import dev.calandra.engine.tape.Linear;
import dev.calandra.engine.tape.LinearInput;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.engine.tape.Route;
import dev.calandra.engine.tape.RoutedExperts;
import dev.calandra.engine.tape.RouterLosses;
import dev.calandra.engine.tape.Routing;
import dev.calandra.engine.tape.Tape;
import dev.calandra.engine.tape.Variable;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Routed experts, of which this rank may hold some only, and the shared experts that every token visits too. */
final class ExpertNetworks implements FeedForward, AutoCloseable {

    private final String layer;
    private final int observed;
    private final ExpertGroup group;
    private final LinearWeight router;
    private final Buffer bias;
    private final RouterShape shape;
    private final LinearWeight gateUp;
    private final LinearWeight down;
    private final Optional<DenseNetwork> shared;
    private final RouterTally tally;

    /**
     * @param layer number in the published names
     * @param observed number among the layers with experts
     */
    ExpertNetworks(WeightStore store, ModelConfig config, int layer, int observed) {
        this.layer = "model.layers." + layer;
        this.observed = observed;
        String prefix = this.layer + ".mlp.";
        group = store.group();
        int experts = config.numExperts();
        int hidden = config.hiddenSize();
        int width = config.moeIntermediateSize();
        router = store.exactLinear(prefix + "gate.weight", experts, hidden);
        bias = new Buffer(prefix + "gate.expert_bias", store.buffer(prefix + "gate.expert_bias", experts));
        shape = new RouterShape(experts, config.nGroup(), config.topkGroup(), config.numExpertsPerTok(), (float)
                config.routedScalingFactor());
        int held = group.share(experts);
        int first = held * group.ranks().rank();
        List<String> owners = IntStream.range(first, first + held)
                .mapToObj(e -> prefix + "experts." + e)
                .toList();
        gateUp = store.expertsGateUp(prefix + "experts.gate_up_proj.weight", owners, first, width, hidden);
        down = store.expertsDown(prefix + "experts.down_proj.weight", owners, first, hidden, width);
        shared = config.numSharedExperts() == 0
                ? Optional.empty()
                : Optional.of(
                        new DenseNetwork(store, prefix + "shared_experts", hidden, config.sharedIntermediateSize()));
        tally = new RouterTally(experts);
    }

    @Override
    public Variable forward(Pass pass, Variable x) {
        Tape tape = pass.tape();
        try (LinearInput input = new LinearInput(tape, x);
                Variable logits = Linear.apply(tape, input, router);
                Routing routing = Route.apply(tape, logits, bias.value(), shape)) {
            if (pass.first()) {
                pass.observer().router(observed, logits.value(), routing.indexTK());
            }
            if (pass.first() && pass.training()) {
                tally.add(routing.plan().groups().offsets().share());
            }
            RouterLosses.apply(tape, logits, shape, pass.routerLosses(), tally.losses());
            Variable base = shared.map(network -> network.forward(tape, input)).orElse(null);
            return RoutedExperts.apply(tape, input, routing, gateUp, down, base, group);
        }
    }

    /** Name, such as {@code model.layers.3}. */
    String layer() {
        return layer;
    }

    /** What the router did with this rank's tokens in training since the last reset. */
    RouterLoad load() {
        return new RouterLoad(layer, bias, tally.counts(), tally.sequenceBalance(), tally.routerZ());
    }

    void resetLoad() {
        tally.reset();
    }

    /** Frees what has not been counted yet; the weights are the store's. */
    @Override
    public void close() {
        tally.close();
    }
}
