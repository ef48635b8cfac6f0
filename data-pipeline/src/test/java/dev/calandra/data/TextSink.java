package dev.calandra.data;

import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.documents.SourceDocument;
import java.util.List;

/** Keeps the texts of the first documents. */
record TextSink(List<String> texts, int limit) implements DocumentSource.Sink {
    @Override
    public boolean accept(SourceDocument document) {
        texts.add(((Document) document).text());
        return texts.size() < limit;
    }

    @Override
    public void reject(String file, long position, String reason) {
        throw new AssertionError(file + ":" + position + ": " + reason);
    }
}
