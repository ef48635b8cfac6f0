package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The table of contents of a step folder, {@code manifest.json}: which files belong to it, what their bytes must be, where each logical
 * tensor lies, and the state of the run beside its tensors.
 *
 * @param step training step
 * @param epoch claim under which it was saved; 0 where claims did not exist yet
 * @param saveId identity of this save, by which a commit whose reply was lost is recognised
 * @param worldSize number of ranks that wrote it
 * @param shards files, by rank
 * @param tensors logical tensors, by name
 * @param state the run's own values: strings, longs, doubles, booleans, lists and maps of these
 */
public record Manifest(
        long step,
        long epoch,
        String saveId,
        int worldSize,
        List<Shard> shards,
        List<LogicalTensor> tensors,
        Map<String, Object> state) {
    /** Version of the manifest's format; a reader refuses versions it does not know. */
    public static final int FORMAT_VERSION = 1;

    /** The manifest's name in a step folder. */
    public static final FileName FILE = new FileName("manifest.json");

    /** @throws IllegalArgumentException when a tensor names an unknown shard, or a name occurs twice */
    public Manifest {
        shards = List.copyOf(shards);
        tensors = List.copyOf(tensors);
        state = Collections.unmodifiableMap(new LinkedHashMap<>(state));
        if (worldSize < 1) {
            throw new IllegalArgumentException("world_size is " + worldSize);
        }
        Set<FileName> files = new HashSet<>();
        for (Shard shard : shards) {
            if (shard.name().equals(FILE) || !files.add(shard.name())) {
                throw new IllegalArgumentException("shard " + shard.name() + " is listed twice, or is the manifest");
            }
        }
        Map<String, LogicalTensor> names = new HashMap<>();
        for (LogicalTensor tensor : tensors) {
            if (names.put(tensor.info().name(), tensor) != null) {
                throw new IllegalArgumentException("tensor '" + tensor.info().name() + "' is listed twice");
            }
            Set<FileName> used = new HashSet<>();
            for (TensorPiece piece : tensor.pieces()) {
                if (!files.contains(piece.shard()) || !used.add(piece.shard())) {
                    throw new IllegalArgumentException(
                            "tensor '" + tensor.info().name() + "' has a piece in " + piece.shard()
                                    + ", which is not listed or holds another piece of it");
                }
            }
        }
    }
}
