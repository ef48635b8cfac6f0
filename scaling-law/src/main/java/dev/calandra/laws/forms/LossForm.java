package dev.calandra.laws.forms;

import java.util.List;
import java.util.Optional;

/** A law that tells a run's loss from its size. Implementations are stateless. */
public sealed interface LossForm permits Chinchilla, Overtraining, Repetition, Routed, Leverage {

    /** All forms. */
    List<LossForm> ALL = List.of(new Chinchilla(), new Overtraining(), new Repetition(), new Routed(), new Leverage());

    /** The form of that name, as in law files and {@code --law}. */
    static Optional<LossForm> named(String name) {
        return ALL.stream().filter(form -> form.name().equals(name)).findFirst();
    }

    /** Name, as in law files and {@code --law}. */
    String name();

    /** The formula, for people. */
    String formula();

    /** What the law tells, the loss unless it says otherwise. */
    default String response() {
        return "loss";
    }

    /** Names of the constants, in the order that {@link #loss} takes them. */
    List<String> constants();

    /** Names of the variables, in the order that {@link #loss} takes them. */
    List<String> variables();

    /** Whether a constant is positive by its meaning, and so is searched for on a logarithmic scale. */
    boolean isPositive(int constant);

    /** The variable whose effect a constant puts a ceiling on, if that is what it does. */
    default Optional<String> limitedBy(String constant) {
        return Optional.empty();
    }

    /**
     * The loss that the law expects, nats per token.
     *
     * @param constants in the order of {@link #constants()}
     * @param logs natural logarithms of the variables, in the order of {@link #variables()}
     */
    default double loss(double[] constants, double[] logs) {
        return gradient(constants, logs, new double[constants.length]);
    }

    /**
     * The loss, and its derivatives by the constants.
     *
     * @param gradient receives one number for each constant
     */
    double gradient(double[] constants, double[] logs, double[] gradient);
}
