package dev.calandra.data;

import dev.calandra.data.documents.SourceDocument;
import dev.calandra.data.quality.QualityFilter.Assessment;
import dev.calandra.data.shards.InputKey;

/**
 * A document with everything about it that can be known without the documents before it.
 *
 * @param key of the document in the input
 * @param document as it was read
 * @param idHash its stable identity
 * @param heldOut whether it belongs to the validation split
 * @param textBytes bytes of its text
 * @param assessment of its quality, or null when nothing is asked of it
 * @param encoded its tokens, or null when they are not needed: it is dropped, rejected or written already
 * @param rejection why it is a bad record, or null
 */
record PreparedDocument(
        InputKey key,
        SourceDocument document,
        long idHash,
        boolean heldOut,
        long textBytes,
        Assessment assessment,
        EncodedDocument encoded,
        String rejection) {}
