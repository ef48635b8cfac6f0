package dev.calandra.data.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BestFitTest {

    @Test
    void everyTokenHasOnePlaceAndNoBinOverflows() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int capacity = 2 + random.nextInt(200);
            int[] lengths = random.ints(1 + random.nextInt(300), 1, 1 + random.nextInt(3 * capacity) + 1)
                    .toArray();
            assertSound(lengths, capacity, BestFit.pack(lengths, capacity), "seed " + seed);
        }
    }

    /** One full document alone, documents that no two of which share a bin, one-token documents. */
    @Test
    void awkwardLengths() {
        for (int[] lengths : new int[][] {{1}, {100}, {101}, {1000}, full(60, 500), full(1, 999), full(100, 300)}) {
            Bins bins = BestFit.pack(lengths, 100);
            assertSound(lengths, 100, bins, Arrays.toString(lengths));
        }
    }

    @Test
    void ordinaryDocumentsAreNotCut() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            // Log-normal lengths, as documents have, around a tenth of a bin and some beyond it.
            int[] lengths = random.doubles(20_000)
                    .mapToInt(u -> (int) Math.max(1, Math.exp(5.3 + 1.1 * random.nextGaussian())))
                    .toArray();
            Bins bins = BestFit.pack(lengths, 2048);
            long tokens = Arrays.stream(lengths).asLongStream().sum();
            for (int bin = 0; bin < bins.size(); bin++) {
                for (int i = 0; i < bins.pieces(bin); i++) {
                    Bins.Piece piece = bins.piece(bin, i);
                    if (lengths[piece.document()] <= 2048) {
                        assertThat(piece.length()).as("seed %d", seed).isEqualTo(lengths[piece.document()]);
                    }
                }
            }
            assertThat(1 - (double) tokens / (2048L * bins.size()))
                    .as("seed %d", seed)
                    .isLessThan(0.01);
        }
    }

    @Test
    void theNumberOfBinsFollowsFromTheTokensAlone() {
        assertThat(BestFit.binsFor(1, 512)).isEqualTo(1);
        assertThat(BestFit.binsFor(1_000_000_000_000L, 4096)).isEqualTo(245_836_047L);
        assertThat(BestFit.pack(full(10, 100), 50).size()).isEqualTo(BestFit.binsFor(1000, 50));
    }

    private static int[] full(int length, int count) {
        int[] lengths = new int[count];
        Arrays.fill(lengths, length);
        return lengths;
    }

    private static void assertSound(int[] lengths, int capacity, Bins bins, String what) {
        BitSet[] seen = new BitSet[lengths.length];
        Arrays.setAll(seen, document -> new BitSet());
        for (int bin = 0; bin < bins.size(); bin++) {
            int filled = 0;
            assertThat(bins.pieces(bin)).as(what).isPositive();
            for (int i = 0; i < bins.pieces(bin); i++) {
                Bins.Piece piece = bins.piece(bin, i);
                filled += piece.length();
                assertThat(seen[piece.document()]
                                .get(piece.from(), piece.from() + piece.length())
                                .isEmpty())
                        .as(what)
                        .isTrue();
                seen[piece.document()].set(piece.from(), piece.from() + piece.length());
            }
            assertThat(filled).as(what).isLessThanOrEqualTo(capacity);
        }
        for (int document = 0; document < lengths.length; document++) {
            // The last token alone after full pieces is no piece: it is the target of the piece before.
            int rest = lengths[document] > capacity && lengths[document] % capacity == 1 ? 1 : 0;
            assertThat(seen[document].cardinality()).as(what).isEqualTo(lengths[document] - rest);
            assertThat(seen[document].length()).as(what).isEqualTo(lengths[document] - rest);
        }
    }
}
