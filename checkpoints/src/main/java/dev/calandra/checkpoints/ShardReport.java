package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one rank wrote, as it tells the rank that commits.
 *
 * @param rank the rank
 * @param shard its file
 * @param pieces the logical tensors it holds a piece of
 */
public record ShardReport(int rank, Shard shard, List<Piece> pieces) {
    public ShardReport {
        pieces = List.copyOf(pieces);
    }

    /**
     * A piece and the tensor it belongs to.
     *
     * @param tensor the logical tensor
     * @param piece the part of it in this shard
     */
    public record Piece(TensorInfo tensor, TensorPiece piece) {}

    static ShardReport of(int rank, Shard shard, List<TensorSource> tensors) {
        return new ShardReport(
                rank,
                shard,
                tensors.stream()
                        .map(t -> new Piece(t.whole(), new TensorPiece(shard.name(), t.offset(), t.shape())))
                        .toList());
    }

    /**
     * The logical tensors of all ranks, by name.
     *
     * @throws CheckpointException when two ranks disagree about a tensor, or the pieces do not tile it
     */
    static List<LogicalTensor> merged(List<ShardReport> reports) {
        Map<String, List<Piece>> byName = new TreeMap<>();
        for (ShardReport report : reports) {
            for (Piece piece : report.pieces()) {
                byName.computeIfAbsent(piece.tensor().name(), name -> new ArrayList<>())
                        .add(piece);
            }
        }
        return byName.values().stream().map(ShardReport::merged).toList();
    }

    private static LogicalTensor merged(Iterable<Piece> pieces) {
        TensorInfo tensor = pieces.iterator().next().tensor();
        List<TensorPiece> boxes = new ArrayList<>();
        for (Piece piece : pieces) {
            if (!piece.tensor().equals(tensor)) {
                throw new CheckpointException("ranks disagree about a tensor: " + tensor + " and " + piece.tensor());
            }
            boxes.add(piece.piece());
        }
        try {
            return new LogicalTensor(tensor, boxes);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("the ranks' parts do not fit: " + e.getMessage(), e);
        }
    }
}
