package dev.calandra.checkpoints;

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
import java.util.List;

/** What the ranks of a save tell each other, as JSON: the folder to write into, what was written, that all is well, or what failed. */
sealed interface SaveMessage {
    ObjectMapper JSON = JsonMapper.builder().build();

    /**
     * Rank 0 to all: where the shards go.
     *
     * @param folder location of the staged folder
     * @param step for messages
     */
    record Staged(String folder, long step) implements SaveMessage {}

    /**
     * A rank to rank 0.
     *
     * @param report what it wrote
     */
    record Written(ShardReport report) implements SaveMessage {}

    /** Rank 0 to all: the step is committed. */
    record Committed() implements SaveMessage {}

    /**
     * Either way: this failed, and so the save.
     *
     * @param problem for the user
     */
    record Failed(String problem) implements SaveMessage {}

    /** For the wire. */
    default byte[] toBytes() {
        ObjectNode node = JSON.createObjectNode();
        switch (this) {
            case Staged staged -> node.put("folder", staged.folder()).put("step", staged.step());
            case Written written -> write(written.report(), node);
            case Committed committed -> node.put("committed", true);
            case Failed failed -> node.put("problem", failed.problem());
        }
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void write(ShardReport report, ObjectNode node) {
        node.put("rank", report.rank());
        node.put("shard", report.shard().name().value());
        node.put("length", report.shard().length());
        node.put("crc32c", report.shard().crc32c());
        ArrayNode pieces = node.putArray("pieces");
        for (ShardReport.Piece piece : report.pieces()) {
            ObjectNode box = pieces.addObject();
            box.put("name", piece.tensor().name());
            box.put("dtype", piece.tensor().dtype().name());
            piece.tensor().shape().forEach(box.withArray("global")::add);
            piece.piece().offset().forEach(box.withArray("offset")::add);
            piece.piece().shape().forEach(box.withArray("shape")::add);
        }
    }

    /** @throws CheckpointException when it is no such message: another version of the program is in the group */
    static SaveMessage parse(byte[] bytes) {
        try {
            JsonNode node = JSON.readTree(bytes);
            if (node.has("problem")) {
                return new Failed(node.get("problem").asText());
            }
            if (node.has("committed")) {
                return new Committed();
            }
            if (node.has("folder")) {
                return new Staged(
                        node.get("folder").asText(), node.required("step").longValue());
            }
            return new Written(report(node));
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException(
                    "a rank's message about a save is not understood (" + e.getMessage()
                            + "); start every rank from the same installation",
                    e);
        }
    }

    private static ShardReport report(JsonNode node) {
        FileName file = new FileName(node.required("shard").asText());
        List<ShardReport.Piece> pieces = new ArrayList<>();
        for (JsonNode box : node.required("pieces")) {
            TensorInfo tensor = new TensorInfo(
                    box.required("name").asText(),
                    DType.valueOf(box.required("dtype").asText()),
                    extents(box, "global"));
            pieces.add(new ShardReport.Piece(
                    tensor, new TensorPiece(file, extents(box, "offset"), extents(box, "shape"))));
        }
        return new ShardReport(
                node.required("rank").intValue(),
                new Shard(
                        file,
                        node.required("length").longValue(),
                        node.required("crc32c").intValue()),
                pieces);
    }

    /** A scalar's are not written at all. */
    private static List<Long> extents(JsonNode node, String key) {
        List<Long> extents = new ArrayList<>();
        node.path(key).forEach(extent -> extents.add(extent.longValue()));
        return extents;
    }
}
