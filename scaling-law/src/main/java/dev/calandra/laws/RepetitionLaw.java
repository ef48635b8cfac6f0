package dev.calandra.laws;

/**
 * What tokens are worth that a model sees again (Muennighoff et al., "Scaling Data-Constrained Language Models", arXiv 2305.16264, section
 * 3.1): U unique tokens served for 1 + R epochs are worth U + U R* (1 - e^(-R / R*)) fresh ones, with R* = {@value #DECAY}. Up to four
 * epochs repeated tokens are nearly as good as fresh ones.
 */
public final class RepetitionLaw {
    /** R* of the paper, fitted on runs of up to 8.7 billion parameters and 900 billion tokens. */
    private static final double DECAY = 15.387756;

    /** Epochs up to which the paper sees little difference to fresh data. */
    public static final double NEARLY_FRESH_EPOCHS = 4;

    private RepetitionLaw() {}

    /** Epochs of fresh data that so many epochs of the same data are worth. */
    public static double worth(double epochs) {
        return epochs <= 1 ? epochs : 1 + DECAY * -Math.expm1(-(epochs - 1) / DECAY);
    }

    /** What a token served after so many epochs is worth, 0 to 1. */
    public static double worthOfNextToken(double epochs) {
        return epochs <= 1 ? 1 : Math.exp(-(epochs - 1) / DECAY);
    }
}
