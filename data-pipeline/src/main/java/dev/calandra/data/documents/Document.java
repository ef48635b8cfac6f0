package dev.calandra.data.documents;

import java.util.Objects;

/**
 * One document.
 *
 * @param id what its side of the train/validation split depends on: documents with one id stay together, and ids must not change while the
 *     source grows
 * @param text not empty
 * @param lossStart index in the text (UTF-16 units) from which on the model is to learn it, 0 = all of it
 */
public record Document(String id, String text, int lossStart) {

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
}
