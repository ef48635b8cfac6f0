package dev.calandra.data.documents;

import java.io.IOException;
import java.util.OptionalDouble;

/** The documents of a source up to and including the one with which they reach a number of bytes. */
final class LimitedDocuments implements DocumentSource {
    private final DocumentSource source;
    private final long limit;
    private volatile long taken;

    LimitedDocuments(DocumentSource source, long limit) {
        this.source = source;
        this.limit = limit;
    }

    @Override
    public void read(Sink sink) throws IOException {
        taken = 0;
        source.read(new Budget(sink));
    }

    @Override
    public OptionalDouble shareRead() {
        double byBudget = Math.min(1, (double) taken / limit);
        return OptionalDouble.of(Math.max(byBudget, source.shareRead().orElse(0)));
    }

    /** Counts what passes; only the reading thread does. */
    private final class Budget implements Sink {
        private final Sink sink;
        private long bytes;

        private Budget(Sink sink) {
            this.sink = sink;
        }

        @Override
        public boolean accept(SourceDocument document) throws IOException {
            bytes += document.bytes();
            taken = bytes;
            return sink.accept(document) && bytes < limit;
        }

        @Override
        public void reject(String file, long position, String reason) {
            sink.reject(file, position, reason);
        }
    }
}
