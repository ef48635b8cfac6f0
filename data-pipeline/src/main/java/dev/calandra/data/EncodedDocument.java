package dev.calandra.data;

import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.TokenDocument;
import java.util.Arrays;

/**
 * A document as token ids.
 *
 * @param tokens ending with the end-of-text token
 * @param lossStart index of the first token that may be a loss target
 */
record EncodedDocument(int[] tokens, int lossStart) {

    /** @param byteLengths of the tokenizer, or null when it is not byte-level */
    static EncodedDocument of(Document document, Tokenizer tokenizer, int[] byteLengths) {
        int[] ids = tokenizer.encode(document.text());
        int lossStart = document.lossStart() == 0 ? 0 : lossStart(ids, document, tokenizer, byteLengths);
        return new EncodedDocument(ended(ids, tokenizer.endOfText()), lossStart);
    }

    /** @throws IllegalArgumentException when an id is not of the tokenizer's vocabulary */
    static EncodedDocument of(TokenDocument document, Tokenizer tokenizer) {
        int[] ids = document.tokens();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= tokenizer.vocabSize()) {
                throw new IllegalArgumentException("token id %d at position %d is outside the vocabulary of %d ids"
                        .formatted(ids[i], i, tokenizer.vocabSize()));
            }
        }
        boolean hasEnd = ids[ids.length - 1] == tokenizer.endOfText();
        return new EncodedDocument(hasEnd ? ids : ended(ids, tokenizer.endOfText()), 0);
    }

    private static int[] ended(int[] ids, int endOfText) {
        int[] tokens = Arrays.copyOf(ids, ids.length + 1);
        tokens[ids.length] = endOfText;
        return tokens;
    }

    /**
     * The first token that holds a byte of the text after the prefix: a token across the border is a target. Where tokens do not add up to
     * the bytes of the text (not byte-level, or a normalizer changed it), the tokens of the prefix encoded alone are counted instead, which
     * may be off by the token at the border.
     */
    private static int lossStart(int[] ids, Document document, Tokenizer tokenizer, int[] byteLengths) {
        boolean exact = byteLengths != null
                && Arrays.stream(ids).mapToLong(id -> byteLengths[id]).sum() == document.bytes();
        if (!exact) {
            String prefix = document.text().substring(0, document.lossStart());
            return Math.min(ids.length, tokenizer.encode(prefix).length);
        }
        long prefixBytes = document.bytesBeforeLoss();
        long end = 0;
        for (int i = 0; i < ids.length; i++) {
            end += byteLengths[ids[i]];
            if (end > prefixBytes) {
                return i;
            }
        }
        return ids.length;
    }
}
