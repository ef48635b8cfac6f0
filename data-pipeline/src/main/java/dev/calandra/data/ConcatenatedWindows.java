package dev.calandra.data;

import dev.calandra.data.mixture.Mixer;

/**
 * Windows cut from the documents of a source one after another. The first epoch cuts at multiples of the sequence length; each later one
 * begins its cuts elsewhere, so that neither the tokens left over at the end nor the neighbours of a cut are the same every time.
 */
final class ConcatenatedWindows extends SourceWindows {
    private static final long CUT = 0x6375747320617431L;

    private final ShardSet shards;
    private final int sequenceLength;
    private final int lookahead;
    private final long key;

    ConcatenatedWindows(ShardSet shards, int sequenceLength, int lookahead, long key) {
        super(shards.tokens() / sequenceLength, sequenceLength, key);
        this.shards = shards;
        this.sequenceLength = sequenceLength;
        this.lookahead = lookahead;
        this.key = key;
    }

    /** First token of a window in the source's stream. */
    long position(long epoch, long window) {
        long cut = epoch == 0 ? 0 : Math.floorMod(Mixer.mix(CUT, key, epoch), shards.tokens());
        return (cut + window * sequenceLength) % shards.tokens();
    }

    @Override
    PackedSequence read(long epoch, long window) {
        return shards.read(position(epoch, window), sequenceLength + lookahead);
    }

    @Override
    void fetchAhead(long epoch, long window) {
        long first = position(epoch, window);
        int shard = shards.shardOf(first);
        shards.fetchAhead(shard);
        int next = shards.shardOf((first + sequenceLength + lookahead - 1) % shards.tokens());
        if (next != shard) {
            shards.fetchAhead(next);
        }
    }
}
