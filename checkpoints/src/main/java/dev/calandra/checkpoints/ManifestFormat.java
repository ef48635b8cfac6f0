package dev.calandra.checkpoints;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.CRC32C;

/**
 * Manifest to bytes and back. The file is one JSON object whose last member is the CRC32C, in lower-case hexadecimal, of every byte before
 * that member; the reader compares it before it parses anything, so no bit of the file may change unseen.
 */
final class ManifestFormat {
    /** The largest manifest that is written or read. */
    static final int MAX_BYTES = 64 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(16)
                            // The longest double has 24 characters.
                            .maxNumberLength(24)
                            .maxStringLength(MAX_BYTES)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_LONG_FOR_INTS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ManifestFormat() {}

    /** @throws CheckpointException when the manifest would be larger than {@link #MAX_BYTES} */
    static byte[] toBytes(Manifest manifest) {
        ObjectNode root = JSON.createObjectNode();
        root.put("format_version", Manifest.FORMAT_VERSION);
        root.put("step", manifest.step());
        root.put("epoch", manifest.epoch());
        root.put("save_id", manifest.saveId());
        root.put("world_size", manifest.worldSize());
        ArrayNode shards = root.putArray("shards");
        for (Shard shard : manifest.shards()) {
            shards.addObject()
                    .put("name", shard.name().value())
                    .put("length", shard.length())
                    .put("crc32c", Shard.hex(shard.crc32c()));
        }
        ArrayNode tensors = root.putArray("tensors");
        manifest.tensors().forEach(tensor -> write(tensor, tensors.addObject()));
        root.set("state", JSON.valueToTree(manifest.state()));
        byte[] object = root.toString().getBytes(StandardCharsets.UTF_8);
        byte[] bytes = sealed(Arrays.copyOf(object, object.length - 1));
        if (bytes.length > MAX_BYTES) {
            throw new CheckpointException("the manifest needs " + bytes.length + " bytes, more than " + MAX_BYTES
                    + ": save fewer, larger tensors or less state");
        }
        return bytes;
    }

    /** An object without its closing bracket, and behind it the checksum and the bracket. */
    static byte[] sealed(byte[] open) {
        byte[] trailer = trailer(open, open.length);
        byte[] bytes = Arrays.copyOf(open, open.length + trailer.length);
        System.arraycopy(trailer, 0, bytes, open.length, trailer.length);
        return bytes;
    }

    private static void write(LogicalTensor tensor, ObjectNode node) {
        write(tensor.info(), node);
        ArrayNode pieces = node.putArray("pieces");
        tensor.pieces().forEach(piece -> write(piece, pieces.addObject()));
    }

    private static void write(TensorInfo info, ObjectNode node) {
        node.put("name", info.name());
        node.put("dtype", info.dtype().name());
        write(info.shape(), node.putArray("shape"));
    }

    private static void write(TensorPiece piece, ObjectNode box) {
        box.put("shard", piece.shard().value());
        write(piece.offset(), box.putArray("offset"));
        write(piece.shape(), box.putArray("shape"));
    }

    /** Bytes that a tensor takes in a manifest without its pieces. */
    static int bytes(TensorInfo info) {
        ObjectNode node = JSON.createObjectNode();
        write(info, node);
        node.putArray("pieces");
        return bytes(node) + 1;
    }

    /** Bytes that one piece takes in a manifest. */
    static int bytes(TensorPiece piece) {
        ObjectNode node = JSON.createObjectNode();
        write(piece, node);
        return bytes(node) + 1;
    }

    /** Bytes that the values beside the tensors take in a manifest. */
    static int stateBytes(Map<String, Object> state) {
        return bytes(JSON.valueToTree(state));
    }

    private static int bytes(JsonNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static void write(List<Long> numbers, ArrayNode array) {
        numbers.forEach(number -> array.add(number.longValue()));
    }

    /** What must follow the first {@code length} bytes. */
    private static byte[] trailer(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (",\"crc32c\":\"" + Shard.hex((int) crc.getValue()) + "\"}\n").getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * @param file for messages
     * @throws CorruptCheckpointException when a byte is not as it was written, or the content contradicts itself
     * @throws CheckpointException when a newer Calandra wrote it
     */
    static Manifest parse(byte[] bytes, String file) {
        int length = Math.max(0, bytes.length - trailer(bytes, 0).length);
        String expected = new String(trailer(bytes, length), StandardCharsets.US_ASCII);
        String actual = new String(bytes, length, bytes.length - length, StandardCharsets.ISO_8859_1);
        if (!actual.equals(expected)) {
            throw new CorruptCheckpointException(
                    file,
                    "ends with " + CorruptCheckpointException.quoted(actual.strip())
                            + ", but by its bytes it must end with " + expected.strip());
        }
        try {
            return manifest(JSON.readTree(bytes), file);
        } catch (JsonProcessingException e) {
            throw new CorruptCheckpointException(file, "is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new CorruptCheckpointException(file, e.getMessage(), e);
        }
    }

    private static Manifest manifest(JsonNode root, String file) throws IOException {
        long version = number(root, "format_version");
        if (version != Manifest.FORMAT_VERSION) {
            throw new CheckpointException(file + ": has format_version " + version + "; this Calandra reads "
                    + Manifest.FORMAT_VERSION + ": use the release that wrote it, or a newer one");
        }
        return new Manifest(
                number(root, "step"),
                root.has("epoch") ? number(root, "epoch") : 0,
                text(root, "save_id"),
                Math.toIntExact(number(root, "world_size")),
                list(
                        root,
                        "shards",
                        node -> new Shard(
                                new FileName(text(node, "name")),
                                number(node, "length"),
                                Integer.parseUnsignedInt(text(node, "crc32c"), 16))),
                list(root, "tensors", ManifestFormat::tensor),
                JSON.readerFor(new TypeReference<Map<String, Object>>() {}).readValue(object(root, "state")));
    }

    private static LogicalTensor tensor(JsonNode node) {
        String dtype = text(node, "dtype");
        TensorInfo info = new TensorInfo(
                text(node, "name"),
                DType.named(dtype)
                        .orElseThrow(() -> new IllegalArgumentException(
                                "unknown dtype " + CorruptCheckpointException.quoted(dtype))),
                list(node, "shape", ManifestFormat::number));
        return new LogicalTensor(
                info,
                list(
                        node,
                        "pieces",
                        piece -> new TensorPiece(
                                new FileName(text(piece, "shard")),
                                list(piece, "offset", ManifestFormat::number),
                                list(piece, "shape", ManifestFormat::number))));
    }

    private static <T> List<T> list(JsonNode parent, String key, Function<JsonNode, T> element) {
        JsonNode array = parent.path(key);
        if (!array.isArray()) {
            throw new IllegalArgumentException("'" + key + "' is not an array");
        }
        List<T> elements = new ArrayList<>(array.size());
        array.forEach(node -> elements.add(element.apply(node)));
        return elements;
    }

    private static JsonNode object(JsonNode parent, String key) {
        if (!parent.path(key).isObject()) {
            throw new IllegalArgumentException("'" + key + "' is not an object");
        }
        return parent.path(key);
    }

    private static String text(JsonNode parent, String key) {
        if (!parent.path(key).isTextual()) {
            throw new IllegalArgumentException("'" + key + "' is not a string");
        }
        return parent.path(key).textValue();
    }

    private static long number(JsonNode parent, String key) {
        return number(parent.path(key));
    }

    private static Long number(JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new IllegalArgumentException(
                    "an integer is missing, or is " + CorruptCheckpointException.quoted(node.toString()));
        }
        return node.longValue();
    }
}
