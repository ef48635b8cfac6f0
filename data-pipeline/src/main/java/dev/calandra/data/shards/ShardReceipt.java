package dev.calandra.data.shards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.configs.DataException;
import java.io.IOException;

/**
 * What an unfinished job has to know of a shard that it has finished; lies beside the shard until the manifest takes its place.
 *
 * @param shard its entry in the manifest to be
 * @param textBytes bytes of UTF-8 text that its documents had
 * @param lastNumber number in the input of its last document
 * @param digest of the {@link InputKey}s of its documents
 * @param settings hash of everything but the input that decides what the shard holds
 */
record ShardReceipt(ShardEntry shard, long textBytes, long lastNumber, long digest, String settings) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHECK = "check";

    byte[] toJson() throws IOException {
        ObjectNode fields = fields();
        fields.put(CHECK, new Fingerprint().add(fields).hex());
        return JSON.writeValueAsBytes(fields);
    }

    private ObjectNode fields() {
        return JSON.createObjectNode()
                .put("file", shard.file())
                .put("documents", shard.documents())
                .put("tokens", shard.tokens())
                .put("bytes", shard.bytes())
                .put("crc32c", shard.crc32c())
                .put("frame_crc32c", shard.frameCrc32c())
                .put("text_bytes", textBytes)
                .put("last_number", lastNumber)
                .put("digest", digest)
                .put("settings", settings);
    }

    /** @throws DataException when the bytes are not a receipt */
    static ShardReceipt parse(String location, byte[] json) {
        try {
            var root = JSON.readTree(json);
            ShardReceipt receipt = new ShardReceipt(
                    new ShardEntry(
                            root.path("file").asText(),
                            root.path("documents").asLong(),
                            root.path("tokens").asLong(),
                            root.path("bytes").asLong(),
                            root.path("crc32c").asInt(),
                            root.path("frame_crc32c").asInt()),
                    root.path("text_bytes").asLong(),
                    root.path("last_number").asLong(),
                    root.path("digest").asLong(),
                    root.path("settings").asText());
            if (new Fingerprint()
                    .add(receipt.fields())
                    .hex()
                    .equals(root.path(CHECK).asText())) {
                return receipt;
            }
            throw new DataException(location + ": damaged; delete the folder and tokenize the corpus again");
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new DataException(location + ": damaged; delete the folder and tokenize the corpus again", e);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }
}
