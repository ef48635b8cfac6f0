package dev.calandra.data.documents;

/** What a source yields: text, or text that somebody has already turned into token ids. */
public sealed interface SourceDocument permits Document, TokenDocument {

    /**
     * What its side of the train/validation split depends on: documents with one id stay together, and ids must not change while the source
     * grows.
     */
    String id();

    /** Bytes that it counts against a budget: of its text as UTF-8, or of its ids as 32-bit integers. */
    long bytes();
}
