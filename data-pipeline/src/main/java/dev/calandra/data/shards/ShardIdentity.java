package dev.calandra.data.shards;

import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What every shard of a set says about itself, in its own metadata and in the manifest.
 *
 * @param source name of the corpus
 * @param split {@code train} or {@code validation}
 * @param tokenizerSha256 SHA-256 of the {@code tokenizer.json} that gave the ids
 * @param vocabSize every token id is below this
 * @param endOfText id of the last token of every document
 */
public record ShardIdentity(String source, String split, String tokenizerSha256, int vocabSize, int endOfText) {

    /** Version of the shard and manifest formats; readers refuse any other. */
    public static final int FORMAT_VERSION = 2;

    /** @throws IllegalArgumentException when the end-of-text token lies outside the vocabulary */
    public ShardIdentity {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(split, "split");
        Objects.requireNonNull(tokenizerSha256, "tokenizerSha256");
        if (endOfText < 0 || endOfText >= vocabSize) {
            throw new IllegalArgumentException(
                    "end-of-text token %d is outside the vocabulary (%d ids)".formatted(endOfText, vocabSize));
        }
    }

    /** The Arrow schema's metadata, in a fixed order: shards are the same bytes whichever process writes them. */
    SortedMap<String, String> metadata() {
        return new TreeMap<>(Map.of(
                "calandra.format",
                Integer.toString(FORMAT_VERSION),
                "calandra.source",
                source,
                "calandra.split",
                split,
                "calandra.tokenizer_sha256",
                tokenizerSha256,
                "calandra.vocab_size",
                Integer.toString(vocabSize),
                "calandra.end_of_text",
                Integer.toString(endOfText)));
    }
}
