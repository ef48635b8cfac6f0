package dev.calandra.data.documents;

import java.util.Objects;

/**
 * A document that is already token ids, of a tokenizer that its source does not name.
 *
 * @param id see {@link SourceDocument#id}
 * @param tokens not empty; whether they end with the end-of-text token is for the reader to see
 */
public record TokenDocument(String id, int[] tokens) implements SourceDocument {

    /** @throws IllegalArgumentException when there is no token */
    public TokenDocument {
        Objects.requireNonNull(id, "id");
        if (tokens.length == 0) {
            throw new IllegalArgumentException("document '" + id + "' is empty");
        }
    }

    @Override
    public long bytes() {
        return (long) Integer.BYTES * tokens.length;
    }
}
