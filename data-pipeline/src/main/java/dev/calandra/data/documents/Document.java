package dev.calandra.data.documents;

import java.util.Objects;

/**
 * One document of text.
 *
 * @param id see {@link SourceDocument#id}
 * @param text not empty
 * @param lossStart index in the text (UTF-16 units) from which on the model is to learn it, 0 = all of it
 */
public record Document(String id, String text, int lossStart) implements SourceDocument {

    /** @throws IllegalArgumentException when the text is empty or the loss starts outside it */
    public Document {
        Objects.requireNonNull(id, "id");
        if (text.isEmpty()) {
            throw new IllegalArgumentException("document '" + id + "' is empty");
        }
        if (lossStart < 0 || lossStart > text.length()) {
            throw new IllegalArgumentException("document '%s': loss_start %d is outside its %d characters"
                    .formatted(id, lossStart, text.length()));
        }
    }

    /** A document that is learnt in full. */
    public Document(String id, String text) {
        this(id, text, 0);
    }

    @Override
    public long bytes() {
        return utf8Length(text, text.length());
    }

    /** Bytes of UTF-8 before the loss starts. */
    public long bytesBeforeLoss() {
        return utf8Length(text, lossStart);
    }

    /** Counts without encoding; half a surrogate pair counts as U+FFFD, three bytes. */
    private static long utf8Length(String text, int end) {
        long bytes = end;
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                bytes++;
                if (c >= 0x800) {
                    bytes++;
                    if (Character.isHighSurrogate(c) && i + 1 < end && Character.isLowSurrogate(text.charAt(i + 1))) {
                        // The pair is four bytes, two of them counted already and two with the high one here.
                        i++;
                    }
                }
            }
        }
        return bytes;
    }
}
