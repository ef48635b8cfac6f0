package dev.calandra.trainer.bench;

/**
 * How fast a model continues a sequence of a given length.
 *
 * @param prefix tokens before the first one that was generated
 * @param tokensPerSecond one token read at a time, with the keys and values of the earlier ones kept
 * @param recomputedTokensPerSecond all tokens read anew for each one generated
 * @param sameTokens whether both ways generated the same, as far as both went
 */
public record GenerationResult(
        int prefix, double tokensPerSecond, double recomputedTokensPerSecond, boolean sameTokens) {

    /** How many times as fast the kept keys and values make it. */
    public double ratio() {
        return tokensPerSecond / recomputedTokensPerSecond;
    }
}
