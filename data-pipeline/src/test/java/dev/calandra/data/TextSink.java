package dev.calandra.data;

import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.DocumentSource;
import java.util.List;

/** Keeps the texts of the first documents. */
record TextSink(List<String> texts, int limit) implements DocumentSource.Sink {
    @Override
    public boolean accept(Document document) {
        texts.add(document.text());
        return texts.size() < limit;
    }

    @Override
    public void reject(String place, String reason) {
        throw new AssertionError(place + ": " + reason);
    }
}
