package dev.calandra.data;

import dev.calandra.configs.DataException;
import dev.calandra.data.mixture.FeistelPermutation;
import dev.calandra.data.mixture.Mixer;
import dev.calandra.data.shards.Fingerprint;

/**
 * The windows of one source in the order in which they are served, for ever: each epoch serves every window of S tokens once, in a
 * permutation of its own. The first epoch cuts the stream at multiples of S; each later one begins its cuts elsewhere, so that neither the
 * tokens left over at the end nor the neighbours of a cut are the same every time.
 */
final class SourceWindows {
    private static final long ORDER = 0x77696E646F777331L;
    private static final long CUT = 0x6375747320617431L;

    private final ShardSet shards;
    private final int sequenceLength;
    private final int lookahead;
    private final long key;
    private final long windows;

    /**
     * The windows of a source.
     *
     * @param name of the source: its order depends on it, not on its place in the config
     * @throws DataException when the source holds less than one sequence
     */
    SourceWindows(String name, ShardSet shards, int sequenceLength, int lookahead, long seed) {
        if (shards.tokens() < (long) sequenceLength + lookahead) {
            throw new DataException(
                    "source '%s' has %d tokens, less than one sequence (%d + %d); add text to it or lower data.sequence_length"
                            .formatted(name, shards.tokens(), sequenceLength, lookahead));
        }
        this.shards = shards;
        this.sequenceLength = sequenceLength;
        this.lookahead = lookahead;
        this.key = Mixer.mix(seed, Fingerprint.first64(name));
        this.windows = shards.tokens() / sequenceLength;
    }

    /** Windows in an epoch. */
    long windows() {
        return windows;
    }

    /** Where in the source's stream the n-th window begins. */
    long position(long ordinal) {
        long epoch = ordinal / windows;
        long window = new FeistelPermutation(windows, Mixer.mix(ORDER, key, epoch)).apply(ordinal % windows);
        long cut = epoch == 0 ? 0 : Math.floorMod(Mixer.mix(CUT, key, epoch), shards.tokens());
        return (cut + window * sequenceLength) % shards.tokens();
    }

    /** The n-th window with its lookahead. */
    PackedSequence window(long ordinal) {
        return shards.read(position(ordinal), sequenceLength + lookahead);
    }
}
