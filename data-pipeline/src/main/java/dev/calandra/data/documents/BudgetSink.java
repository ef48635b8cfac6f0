package dev.calandra.data.documents;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Stops taking documents once they have reached a number of UTF-8 bytes. */
final class BudgetSink implements DocumentSource.Sink {
    private final DocumentSource.Sink sink;
    private long left;

    BudgetSink(DocumentSource.Sink sink, long bytes) {
        this.sink = sink;
        this.left = bytes;
    }

    @Override
    public boolean accept(Document document) throws IOException {
        left -= document.text().getBytes(StandardCharsets.UTF_8).length;
        return sink.accept(document) && left > 0;
    }

    @Override
    public void reject(String place, String reason) {
        sink.reject(place, reason);
    }
}
