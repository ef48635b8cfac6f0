package dev.calandra.data.shards;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.configs.DataException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The list of a set's shards: the set exists when its manifest does. The fingerprint covers every other field, so a manifest that was
 * changed or damaged contradicts itself.
 *
 * @param identity what the shards have in common
 * @param textBytes bytes of UTF-8 text that the documents had
 * @param shards in the order of the token stream
 */
public record ShardManifest(ShardIdentity identity, long textBytes, List<ShardEntry> shards) {

    /** Name of the file in the folder of its shards. */
    public static final String FILE = "manifest.json";

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(8)
                            .maxNumberLength(20)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    public ShardManifest {
        shards = List.copyOf(shards);
    }

    /** Documents in all shards. */
    public long documents() {
        return shards.stream().mapToLong(ShardEntry::documents).sum();
    }

    /** Tokens in all shards. */
    public long tokens() {
        return shards.stream().mapToLong(ShardEntry::tokens).sum();
    }

    /** SHA-256 over everything that decides which tokens the set holds and in which order. */
    public String fingerprint() {
        Fingerprint fingerprint = new Fingerprint()
                .add(ShardIdentity.FORMAT_VERSION)
                .add(identity.source())
                .add(identity.split())
                .add(identity.tokenizerSha256())
                .add(identity.vocabSize())
                .add(identity.endOfText())
                .add(textBytes)
                .add(shards.size());
        for (ShardEntry shard : shards) {
            fingerprint
                    .add(shard.file())
                    .add(shard.documents())
                    .add(shard.tokens())
                    .add(shard.bytes())
                    .add(shard.crc32cHex())
                    .add(shard.frameCrc32cHex());
        }
        return fingerprint.hex();
    }

    byte[] toJson() throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", ShardIdentity.FORMAT_VERSION)
                .put("source", identity.source())
                .put("split", identity.split())
                .put("tokenizer_sha256", identity.tokenizerSha256())
                .put("vocab_size", identity.vocabSize())
                .put("end_of_text", identity.endOfText())
                .put("documents", documents())
                .put("tokens", tokens())
                .put("text_bytes", textBytes);
        for (ShardEntry shard : shards) {
            root.withArray("/shards")
                    .addObject()
                    .put("file", shard.file())
                    .put("documents", shard.documents())
                    .put("tokens", shard.tokens())
                    .put("bytes", shard.bytes())
                    .put("crc32c", shard.crc32cHex())
                    .put("frame_crc32c", shard.frameCrc32cHex());
        }
        root.put("fingerprint", fingerprint());
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    }

    /**
     * Reads a manifest.
     *
     * @param place its location, for messages
     * @throws DataException when it is not a manifest of this format version, or contradicts its own fingerprint
     */
    static ShardManifest parse(String place, byte[] json) {
        try {
            JsonNode root = JSON.readTree(json);
            int version = Math.toIntExact(number(root, "format"));
            if (version != ShardIdentity.FORMAT_VERSION) {
                throw new DataException("%s: format %d, but this version reads %d; tokenize the corpus again"
                        .formatted(place, version, ShardIdentity.FORMAT_VERSION));
            }
            ShardManifest manifest = read(root);
            requireEqual(place, "fingerprint", text(root, "fingerprint"), manifest.fingerprint());
            requireEqual(place, "documents", number(root, "documents"), manifest.documents());
            requireEqual(place, "tokens", number(root, "tokens"), manifest.tokens());
            return manifest;
        } catch (JsonProcessingException e) {
            throw new DataException(
                    "%s:%d: not JSON (%s); tokenize the corpus again"
                            .formatted(place, e.getLocation().getLineNr(), e.getOriginalMessage()),
                    e);
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new DataException(place + ": not a manifest (" + e.getMessage() + "); tokenize the corpus again", e);
        }
    }

    private static ShardManifest read(JsonNode root) {
        ShardIdentity identity = new ShardIdentity(
                text(root, "source"),
                text(root, "split"),
                text(root, "tokenizer_sha256"),
                Math.toIntExact(number(root, "vocab_size")),
                Math.toIntExact(number(root, "end_of_text")));
        List<ShardEntry> shards = new ArrayList<>();
        for (JsonNode shard : root.path("shards")) {
            shards.add(new ShardEntry(
                    text(shard, "file"),
                    number(shard, "documents"),
                    number(shard, "tokens"),
                    number(shard, "bytes"),
                    HexFormat.fromHexDigits(text(shard, "crc32c")),
                    HexFormat.fromHexDigits(text(shard, "frame_crc32c"))));
        }
        return new ShardManifest(identity, number(root, "text_bytes"), shards);
    }

    private static String text(JsonNode node, String key) {
        if (!node.path(key).isTextual()) {
            throw new IllegalArgumentException("'" + key + "' is missing or not a string");
        }
        return node.path(key).textValue();
    }

    private static long number(JsonNode node, String key) {
        if (!node.path(key).canConvertToLong() || !node.path(key).isIntegralNumber()) {
            throw new IllegalArgumentException("'" + key + "' is missing or not a whole number");
        }
        return node.path(key).longValue();
    }

    private static void requireEqual(String place, String key, Object stated, Object actual) {
        if (!stated.equals(actual)) {
            throw new DataException(
                    "%s: %s says %s, but the entries give %s: the manifest was changed or damaged; tokenize the corpus again"
                            .formatted(place, key, stated, actual));
        }
    }
}
