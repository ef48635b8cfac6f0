package dev.calandra.data.documents;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a source gives. */
final class CollectingSink implements DocumentSource.Sink {
    final List<Document> documents = new ArrayList<>();
    final List<String> rejected = new ArrayList<>();

    static List<Document> read(DocumentSource source) throws IOException {
        CollectingSink sink = new CollectingSink();
        source.read(sink);
        return sink.documents;
    }

    @Override
    public boolean accept(Document document) {
        documents.add(document);
        return true;
    }

    @Override
    public void reject(String place, String reason) {
        rejected.add(place + ": " + reason);
    }
}
