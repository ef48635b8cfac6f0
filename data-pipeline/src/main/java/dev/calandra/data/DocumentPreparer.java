package dev.calandra.data;

import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.SourceDocument;
import dev.calandra.data.documents.TokenDocument;
import dev.calandra.data.quality.QualityFilter;
import dev.calandra.data.quality.QualityFilter.Assessment;
import dev.calandra.data.shards.Fingerprint;
import dev.calandra.data.shards.InputKey;
import java.util.Arrays;

/** The work on one document that many threads can do at once: hashes, quality, tokens. */
final class DocumentPreparer {
    private final Tokenizer tokenizer;
    private final int[] byteLengths;
    private final QualityFilter filter;
    private final double validationShare;
    private final long trainFinished;
    private final long validationFinished;

    DocumentPreparer(
            Tokenizer tokenizer,
            QualityFilter filter,
            double validationShare,
            long trainFinished,
            long validationFinished) {
        this.tokenizer = tokenizer;
        this.byteLengths = tokenizer.isByteLevel() ? tokenizer.byteLengths() : null;
        this.filter = filter;
        this.validationShare = validationShare;
        this.trainFinished = trainFinished;
        this.validationFinished = validationFinished;
    }

    /** @param number of the document in the input */
    PreparedDocument prepare(long number, SourceDocument document) {
        long idHash = Fingerprint.first64(document.id());
        boolean heldOut = isHeldOut(idHash);
        InputKey key = new InputKey(number, idHash ^ Long.rotateLeft(contentHash(document), 1));
        EncodedDocument encoded = null;
        Assessment assessment = null;
        long textBytes = 0;
        String rejection = null;
        try {
            if (document instanceof TokenDocument tokens) {
                encoded = EncodedDocument.of(tokens, tokenizer);
            }
            textBytes = textBytes(document);
            assessment = filter.keepsAll() ? null : filter.assess(text(document));
            boolean isDropped = assessment != null && assessment.drop().isPresent();
            boolean isWritten = number <= (heldOut ? validationFinished : trainFinished);
            if (!isDropped && !isWritten && document instanceof Document text) {
                encoded = EncodedDocument.of(text, tokenizer, byteLengths);
            }
        } catch (IllegalArgumentException e) {
            rejection = e.getMessage();
        }
        return new PreparedDocument(key, document, idHash, heldOut, textBytes, assessment, encoded, rejection);
    }

    private String text(SourceDocument document) {
        return switch (document) {
            case Document text -> text.text();
            case TokenDocument tokens -> tokenizer.decode(tokens.tokens());
        };
    }

    private long textBytes(SourceDocument document) {
        return switch (document) {
            case Document text -> text.bytes();
            case TokenDocument tokens ->
                byteLengths == null
                        ? 0
                        : Arrays.stream(tokens.tokens())
                                .mapToLong(id -> byteLengths[id])
                                .sum();
        };
    }

    private static long contentHash(SourceDocument document) {
        return switch (document) {
            case Document text -> Fingerprint.first64(text.text()) + text.lossStart();
            case TokenDocument tokens -> Arrays.hashCode(tokens.tokens());
        };
    }

    /** The hash as a fraction of 2^64, read unsigned: a document's part does not depend on any other document. */
    private boolean isHeldOut(long idHash) {
        return (idHash >>> 11) * 0x1.0p-53 < validationShare;
    }
}
