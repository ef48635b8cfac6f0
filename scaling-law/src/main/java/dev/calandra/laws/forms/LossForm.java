package dev.calandra.laws.forms;

import java.util.List;
import java.util.Optional;

/** A law that tells a run's loss from its size. Implementations are stateless. */
public sealed interface LossForm permits Chinchilla, Overtraining, Repetition, Routed {

    /** All forms. */
    List<LossForm> ALL = List.of(new Chinchilla(), new Overtraining(), new Repetition(), new Routed());

    /** The form of that name, as in law files and {@code --law}. */
    static Optional<LossForm> named(String name) {
        return ALL.stream().filter(form -> form.name().equals(name)).findFirst();
    }

    /** Name, as in law files and {@code --law}. */
    String name();

    /** The formula, for people. */
    String formula();

    /** Names of the constants, in the order that {@link #loss} takes them. */
    List<String> constants();

    /** Names of the variables, in the order that {@link #loss} takes them. */
    List<String> variables();

    /**
     * The loss that the law expects, nats per token.
     *
     * @param constants in the order of {@link #constants()}
     * @param x positive, in the order of {@link #variables()}
     */
    double loss(double[] constants, double[] x);
}
