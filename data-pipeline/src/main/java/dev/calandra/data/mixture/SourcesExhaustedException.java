package dev.calandra.data.mixture;

/** No source of a kind may be served any more, although the schedule still gives the kind a share. */
public final class SourcesExhaustedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean secondKind;
    private final double sample;

    SourcesExhaustedException(boolean secondKind, double sample) {
        super("no source of the %s kind is left at sample %.0f".formatted(secondKind ? "second" : "first", sample));
        this.secondKind = secondKind;
        this.sample = sample;
    }

    /** Which of the two kinds. */
    public boolean secondKind() {
        return secondKind;
    }

    /** Sample number from which on the kind has no source. */
    public double sample() {
        return sample;
    }
}
