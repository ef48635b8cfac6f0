package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import java.util.List;
import java.util.Map;

/** Whether a save of several ranks can have a manifest at all, reckoned before anything is trained or written. */
final class ManifestLimits {
    /** As long as a shard's name is. */
    private static final FileName SHARD = new FileName("rank-0000-of-0001.safetensors");

    private ManifestLimits() {}

    /**
     * Reckons from what rank 0 holds: a tensor of which it has a share has about as many pieces as such shares make up the whole. What only
     * other ranks hold, such as their experts, is not counted, so a manifest that passes may still be found too large when it is written.
     *
     * @param tensors of rank 0
     * @param mostBytes that a manifest may have
     * @throws CheckpointException saying which limit is exceeded, by what, and what to do
     */
    static void require(List<TensorSource> tensors, Map<String, Object> state, int ranks, int mostBytes) {
        if (ranks > LogicalTensor.MAX_PIECES) {
            throw new CheckpointException(ranks + " ranks cannot save together: a tensor has at most "
                    + LogicalTensor.MAX_PIECES + " pieces; start fewer ranks");
        }
        long bytes = ManifestFormat.stateBytes(StateValues.normalised(state));
        for (TensorSource tensor : tensors) {
            TensorPiece piece = new TensorPiece(SHARD, tensor.offset(), tensor.shape());
            bytes += ManifestFormat.bytes(tensor.whole()) + pieces(tensor) * ManifestFormat.bytes(piece);
        }
        if (bytes > mostBytes) {
            throw new CheckpointException(
                    "a checkpoint of this model by " + ranks + " ranks needs a manifest of at least "
                            + bytes + " bytes, and " + mostBytes
                            + " are possible; start fewer ranks, or with a larger parallel.expert, so that a tensor has fewer pieces");
        }
    }

    private static long pieces(TensorSource tensor) {
        long own = tensor.part().elements();
        return own == 0 ? 1 : Math.ceilDiv(tensor.whole().elements(), own);
    }
}
