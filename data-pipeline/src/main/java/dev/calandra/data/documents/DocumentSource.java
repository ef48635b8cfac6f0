package dev.calandra.data.documents;

import java.io.IOException;
import java.util.OptionalDouble;

/** Documents in an order that is the same every time they are read. */
public interface DocumentSource {

    /** Hands every document to the sink, until it has enough. */
    void read(Sink sink) throws IOException;

    /** How much of the source has been read, 0 to 1, where it can tell; may be asked at any time, from any thread. */
    default OptionalDouble shareRead() {
        return OptionalDouble.empty();
    }

    /** Where documents go. */
    interface Sink {
        /**
         * Takes a document; may wait until there is room for it.
         *
         * @return whether it wants more
         */
        boolean accept(SourceDocument document) throws IOException;

        /**
         * Notes a record that is not a document.
         *
         * @param file where it stands
         * @param position of the record in the file: line, or number of the row, from 1
         * @param reason what is wrong with it
         */
        void reject(String file, long position, String reason);
    }

    /** The documents of this source from the start, up to and including the one with which they reach a number of bytes. */
    default DocumentSource limitedTo(long bytes) {
        return new LimitedDocuments(this, bytes);
    }
}
