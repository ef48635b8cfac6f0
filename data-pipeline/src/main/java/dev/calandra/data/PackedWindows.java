package dev.calandra.data;

import dev.calandra.configs.Packing;
import dev.calandra.data.packing.BestFit;
import dev.calandra.data.packing.Bins;
import dev.calandra.data.shards.MappedShard;
import dev.calandra.data.shards.SequenceBuilder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Windows packed from whole documents, shard by shard: how many windows a shard gives follows from its number of tokens, and which documents
 * share one is computed from their lengths when the shard is first used. The packings of the shards used last are kept, within a bound.
 */
final class PackedWindows extends SourceWindows {
    /** Bytes of packings to keep: those of the shards of one group, down to documents of 100 tokens. */
    private static final long KEPT_BYTES = 1L << 26;

    private final ShardSet shards;
    private final int sequenceLength;
    private final int lookahead;

    /** First window of each shard, and the total at the end. */
    private final long[] firstWindow;

    /** The least recently used first. */
    private final Map<Integer, Bins> packings = new LinkedHashMap<>(16, 0.75f, true);

    private long keptBytes;

    PackedWindows(ShardSet shards, int sequenceLength, int lookahead, long key) {
        super(count(shards, Packing.BEST_FIT, sequenceLength), sequenceLength, key);
        this.shards = shards;
        this.sequenceLength = sequenceLength;
        this.lookahead = lookahead;
        this.firstWindow = new long[shards.shardCount() + 1];
        for (int shard = 0; shard < shards.shardCount(); shard++) {
            firstWindow[shard + 1] = firstWindow[shard] + BestFit.binsFor(shards.tokens(shard), sequenceLength);
        }
    }

    @Override
    PackedSequence read(long epoch, long window) {
        int index = shardOf(window);
        try (OpenShards.Open open = shards.use(index)) {
            return read(open.shard(), packing(index, open.shard()), Math.toIntExact(window - firstWindow[index]));
        }
    }

    @Override
    void fetchAhead(long epoch, long window) {
        shards.fetchAhead(shardOf(window));
    }

    private PackedSequence read(MappedShard shard, Bins bins, int bin) {
        SequenceBuilder sequence = new SequenceBuilder(sequenceLength + lookahead);
        for (int i = 0; i < bins.pieces(bin); i++) {
            Bins.Piece piece = bins.piece(bin, i);
            boolean fillsUp = sequence.filled() + piece.length() == sequenceLength;
            shard.readDocument(piece.document(), piece.from(), piece.length(), fillsUp ? lookahead : 0, sequence);
        }
        int filled = sequence.filled();
        sequence.pad(shards.manifest().identity().endOfText());
        return new PackedSequence(sequence.tokens(), sequence.documentStart(), sequence.target(), filled);
    }

    private synchronized Bins packing(int index, MappedShard shard) {
        Bins present = packings.get(index);
        if (present == null) {
            present = BestFit.pack(shard.documentLengths(), sequenceLength);
            packings.put(index, present);
            keptBytes += present.bytes();
            var oldest = packings.values().iterator();
            while (keptBytes > KEPT_BYTES && packings.size() > 1) {
                keptBytes -= oldest.next().bytes();
                oldest.remove();
            }
        }
        return present;
    }

    private int shardOf(long window) {
        int found = Arrays.binarySearch(firstWindow, window);
        return found >= 0 ? found : -found - 2;
    }
}
