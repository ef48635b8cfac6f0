package dev.calandra.trainer.exchange;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The ways to average checkpoints that can be asked for by name. */
public enum MergeDecay {
    /** As if the learning rate had fallen linearly to zero. */
    LINEAR("linear"),
    /** As if it had fallen as 1 - √t: fast at first. */
    ONE_MINUS_SQRT("1-sqrt"),
    /** Every checkpoint alike; linear where they are evenly spaced. */
    MEAN("mean"),
    /** An exponential moving average. */
    EMA("ema");

    private final String spelling;

    MergeDecay(String spelling) {
        this.spelling = spelling;
    }

    /** The decay of a name as users write it. */
    public static Optional<MergeDecay> named(String name) {
        return Arrays.stream(values())
                .filter(decay -> decay.spelling.equalsIgnoreCase(name))
                .findFirst();
    }

    /** All names, for messages. */
    public static String names() {
        return Arrays.stream(values()).map(MergeDecay::toString).collect(Collectors.joining(", "));
    }

    /**
     * What each checkpoint counts.
     *
     * <p>A decay D from 1 to 0 over the window gives the i-th of k stretches between checkpoints w_i = D(i/(k + 1)), so that even the newest
     * stretch counts. Where the checkpoints are not evenly spaced, the place of a stretch is that of its last step in the window.
     *
     * @param steps of the checkpoints, rising; at least one
     * @param kept by the moving average
     */
    public MergeWeights weights(List<Long> steps, double kept) {
        return switch (this) {
            case MEAN -> MergeWeights.uniform(steps.size());
            case EMA -> MergeWeights.exponential(steps.size(), kept);
            case LINEAR, ONE_MINUS_SQRT -> decayed(steps);
        };
    }

    private MergeWeights decayed(List<Long> steps) {
        int stretches = steps.size() - 1;
        long window = steps.getLast() - steps.getFirst();
        List<Double> decay = new ArrayList<>();
        for (long step : steps.subList(1, steps.size())) {
            double place = (double) (step - steps.getFirst()) / window * stretches / (stretches + 1);
            decay.add(this == LINEAR ? 1 - place : 1 - Math.sqrt(place));
        }
        return MergeWeights.ofDecay(decay);
    }

    /** As users write it. */
    @Override
    public String toString() {
        return spelling;
    }
}
