package dev.calandra.trainer.parallel;

import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.Purpose;
import dev.calandra.trainer.model.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * The sum of a step's gradients over the ranks, each row of it where it is owned (ZeRO stage 1, arXiv 1910.02054, 5.1): of
 * shared parameters over all ranks, of experts over the replicas that hold them. Gradients that are complete are sent while the
 * backward pass goes on, several parameters at a time.
 */
public final class GradientReduction {

    /** Elements from which on a message is sent; what is too small costs more in waiting than in bytes. */
    private static final long MESSAGE = 1L << 20;

    private final Ranks ranks;
    private final TensorMemory memory;
    private final Collected shared;
    private final Collected ofExperts;
    private final List<Communicator.Pending> pending = new ArrayList<>();

    /** @param ranks borrowed */
    public GradientReduction(Ranks ranks, TensorMemory memory) {
        this.ranks = ranks;
        this.memory = memory;
        this.shared = new Collected(ranks.world());
        this.ofExperts = new Collected(ranks.replicas());
    }

    /** What is ready but not sent. */
    private final class Collected {
        private final Communicator holders;
        private final List<Parameter> parameters = new ArrayList<>();

        Collected(Communicator holders) {
            this.holders = holders;
        }

        void add(Parameter parameter) {
            if (holders.size() == 1) {
                return;
            }
            parameters.add(parameter);
            long elements = parameters.stream().mapToLong(p -> p.value().size()).sum();
            if (elements >= MESSAGE) {
                send();
            }
        }

        void send() {
            if (!parameters.isEmpty()) {
                Bucket bucket = new Bucket(List.copyOf(parameters), ranks, memory);
                parameters.clear();
                pending.add(Purpose.GRADIENTS.of(() -> holders.start(bucket::reduceGradients)));
            }
        }
    }

    /** The gradients of these parameters are complete on this rank; called in the same order on all. */
    public void ready(List<Parameter> parameters) {
        for (Parameter parameter : parameters) {
            (parameter.ofExperts() ? ofExperts : shared).add(parameter);
        }
    }

    /** Sends the rest and waits for everything; the owned rows of all gradients are sums then. */
    public void await() {
        shared.send();
        ofExperts.send();
        Purpose.GRADIENTS.during(() -> pending.forEach(Communicator.Pending::await));
        pending.clear();
    }
}
