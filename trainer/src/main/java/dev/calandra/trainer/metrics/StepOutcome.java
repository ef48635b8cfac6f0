package dev.calandra.trainer.metrics;

/** What became of a step's gradients. */
public enum StepOutcome {
    /** The optimizer used them. */
    APPLIED("applied"),
    /** Loss or gradient norm was not finite: weights, moments and biases are as before. */
    SKIPPED_NON_FINITE("skipped: not finite"),
    /** Loss or gradient norm was a spike: weights as before, the batch comes back later. */
    SKIPPED_SPIKE("skipped: spike");

    private final String label;

    StepOutcome(String label) {
        this.label = label;
    }

    /** As it stands in {@code metrics.jsonl}. */
    public String label() {
        return label;
    }
}
