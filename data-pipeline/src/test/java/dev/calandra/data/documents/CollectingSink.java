package dev.calandra.data.documents;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Keeps everything that a source yields. */
final class CollectingSink implements DocumentSource.Sink {
    final List<Document> documents = new ArrayList<>();
    final List<TokenDocument> tokenDocuments = new ArrayList<>();
    final List<String> rejected = new ArrayList<>();

    static List<Document> read(DocumentSource source) throws IOException {
        CollectingSink sink = new CollectingSink();
        source.read(sink);
        return sink.documents;
    }

    @Override
    public boolean accept(SourceDocument document) {
        switch (document) {
            case Document text -> documents.add(text);
            case TokenDocument tokens -> tokenDocuments.add(tokens);
        }
        return true;
    }

    @Override
    public void reject(String file, long position, String reason) {
        rejected.add(file + ":" + position + ": " + reason);
    }
}
