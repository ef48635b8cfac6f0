package dev.calandra.data;

import dev.calandra.data.documents.Document;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A document as token ids.
 *
 * @param tokens ending with the end-of-text token
 * @param lossStart index of the first token that may be a loss target
 * @param textBytes bytes of the text as UTF-8
 */
record EncodedDocument(int[] tokens, int lossStart, long textBytes) {

    /** @param byteLengths of the tokenizer, or null when it is not byte-level */
    static EncodedDocument of(Document document, Tokenizer tokenizer, int[] byteLengths) {
        String text = Tokenizer.withoutLoneSurrogates(document.text());
        int[] ids = tokenizer.encode(text);
        int[] tokens = Arrays.copyOf(ids, ids.length + 1);
        tokens[ids.length] = tokenizer.endOfText();
        long textBytes = utf8Length(text);
        int lossStart = document.lossStart() == 0
                ? 0
                : lossStart(ids, text.substring(0, document.lossStart()), textBytes, tokenizer, byteLengths);
        return new EncodedDocument(tokens, lossStart, textBytes);
    }

    /**
     * The first token that holds a byte of the text after the prefix: a token across the border is a target. Where tokens do not add up to
     * the bytes of the text (not byte-level, or a normalizer changed it), the tokens of the prefix encoded alone are counted instead, which
     * may be off by the token at the border.
     */
    private static int lossStart(int[] ids, String prefix, long textBytes, Tokenizer tokenizer, int[] byteLengths) {
        boolean exact = byteLengths != null
                && Arrays.stream(ids).mapToLong(id -> byteLengths[id]).sum() == textBytes;
        if (!exact) {
            return Math.min(ids.length, tokenizer.encode(prefix).length);
        }
        long prefixBytes = utf8Length(prefix);
        long end = 0;
        for (int i = 0; i < ids.length; i++) {
            end += byteLengths[ids[i]];
            if (end > prefixBytes) {
                return i;
            }
        }
        return ids.length;
    }

    private static long utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
