package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The length of a run written as tokens, {@code run.steps: 20e12 tokens}: the steps then follow from the batch, and a batch that a law
 * chooses changes the steps, not the tokens.
 *
 * @param tokens of the whole run
 * @param origin where {@code run.steps} says so
 */
record StepsOfTokens(double tokens, Origin origin) {
    private static final String STEPS = "run.steps";
    private static final Pattern WRITTEN = Pattern.compile("(\\d+(?:\\.\\d+)?(?:[eE]\\+?\\d+)?) tokens");

    /** What a config says of its length, if it says it in tokens. */
    static Optional<StepsOfTokens> of(Mapping root) {
        return root.scalar("run", "steps")
                .filter(scalar -> scalar.type() == ScalarType.STRING)
                .flatMap(scalar -> {
                    Matcher written = WRITTEN.matcher(scalar.text());
                    return written.matches()
                            ? Optional.of(new StepsOfTokens(Double.parseDouble(written.group(1)), scalar.origin()))
                            : Optional.empty();
                });
    }

    /**
     * The setting of {@code run.steps} that this comes to: the fewest whole steps that reach the tokens.
     *
     * @param root with batch size and sequence length; where they are none, so that no steps follow, there is one step, and what is wrong
     *     with them is told when they are read
     * @param most steps; no limit where a step has the size that it is going to have, so that too many are told when they are read
     */
    SweepSetting setting(Mapping root, long most) {
        OptionalDouble perStep = tokensPerStep(root);
        double steps = perStep.isEmpty() ? 1 : Math.ceil(tokens / perStep.getAsDouble());
        long whole = Math.round(Math.clamp(steps, 1, (double) most));
        return new SweepSetting(STEPS, new Scalar(Long.toString(whole), ScalarType.INTEGER, origin));
    }

    private static OptionalDouble tokensPerStep(Mapping root) {
        Optional<Double> batch = positive(root.scalar("run", "batch_size"));
        Optional<Double> sequence = positive(root.scalar("data", "sequence_length"));
        return batch.isPresent() && sequence.isPresent()
                ? OptionalDouble.of(batch.get() * sequence.get())
                : OptionalDouble.empty();
    }

    private static Optional<Double> positive(Optional<Scalar> scalar) {
        return scalar.filter(found ->
                        found.type() == ScalarType.INTEGER && found.text().matches("\\d{1,9}"))
                .map(found -> Double.parseDouble(found.text()))
                .filter(number -> number > 0);
    }
}
