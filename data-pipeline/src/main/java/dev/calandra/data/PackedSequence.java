package dev.calandra.data;

/**
 * One training sequence cut from a stream of documents. All arrays have length S + L: S positions to predict from and L = lookahead tokens
 * after them (1 for the next-token loss and one more for each multi-token-prediction layer). Attention, positions and losses must not cross
 * a document's start.
 *
 * @param tokens token ids [S + L]
 * @param documentStart index in this sequence of the first token of each token's document, 0 when it began before the sequence [S + L]
 * @param target whether each token may be a loss target; false before its document's loss start and in padding [S + L]
 * @param filled tokens before the padding, which stands at the end
 */
public record PackedSequence(int[] tokens, int[] documentStart, boolean[] target, int filled) {

    /** @throws IllegalArgumentException when the arrays differ in length */
    public PackedSequence {
        if (tokens.length != documentStart.length || tokens.length != target.length) {
            throw new IllegalArgumentException("a sequence of %d tokens, %d document starts and %d targets"
                    .formatted(tokens.length, documentStart.length, target.length));
        }
        if (filled < 0 || filled > tokens.length) {
            throw new IllegalArgumentException("%d tokens before the padding of %d".formatted(filled, tokens.length));
        }
    }

    /** A sequence without padding. */
    public PackedSequence(int[] tokens, int[] documentStart, boolean[] target) {
        this(tokens, documentStart, target, tokens.length);
    }
}
