package dev.calandra.data;

import dev.calandra.data.shards.InputKey;
import dev.calandra.data.shards.ShardWriter;
import java.io.IOException;

/** Where the documents of one split go. */
sealed interface SplitOutput {

    /** Number in the input up to which documents are written already. */
    long lastFinishedNumber();

    /** Tokens that are written already. */
    long finishedTokens();

    /** Takes note of a document that is written already. */
    void pass(InputKey key);

    /** Writes a document. */
    void add(EncodedDocument document, long id, long textBytes, InputKey key) throws IOException;

    /** Shards under way. */
    record Shards(ShardWriter writer) implements SplitOutput {
        @Override
        public long lastFinishedNumber() {
            return writer.lastFinishedNumber();
        }

        @Override
        public long finishedTokens() {
            return writer.finishedTokens();
        }

        @Override
        public void pass(InputKey key) {
            writer.pass(key);
        }

        @Override
        public void add(EncodedDocument document, long id, long textBytes, InputKey key) throws IOException {
            writer.add(document.tokens(), document.lossStart(), id, textBytes, key);
        }
    }

    /** A set that is whole: its source is only read so that later sources know its documents. */
    record Finished(long tokens) implements SplitOutput {
        @Override
        public long lastFinishedNumber() {
            return Long.MAX_VALUE;
        }

        @Override
        public long finishedTokens() {
            return tokens;
        }

        @Override
        public void pass(InputKey key) {
            // What it holds was settled when it was committed.
        }

        @Override
        public void add(EncodedDocument document, long id, long textBytes, InputKey key) {
            throw new IllegalStateException("nothing is added to a finished set");
        }
    }
}
