package dev.calandra.data.documents;

import java.io.IOException;

/** Documents in an order that is the same every time they are read. */
public interface DocumentSource {

    /** Hands every document to the sink, until it has enough. */
    void read(Sink sink) throws IOException;

    /** Where documents go. */
    interface Sink {
        /**
         * Takes a document; may wait until there is room for it.
         *
         * @return whether it wants more
         */
        boolean accept(Document document) throws IOException;

        /**
         * Notes a record that is not a document.
         *
         * @param place {@code file:line}
         * @param reason what is wrong with it
         */
        void reject(String place, String reason);
    }

    /** The documents of this source from the start, up to and including the one with which they reach a number of UTF-8 bytes. */
    default DocumentSource limitedTo(long bytes) {
        return sink -> read(new BudgetSink(sink, bytes));
    }
}
