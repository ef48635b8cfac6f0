package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.Packing;
import dev.calandra.data.shards.InputKey;
import dev.calandra.data.shards.ShardIdentity;
import dev.calandra.data.shards.ShardLimits;
import dev.calandra.data.shards.ShardWriter;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedWindowsTest {
    private static final int SEQUENCE = 64;
    private static final int LOOKAHEAD = 2;
    private static final int END = 0;

    @TempDir
    Path folder;

    private final List<int[]> documents = new ArrayList<>();

    /** Documents 1 to 150 tokens long, in several shards; token 2 d + 1 fills document d, so that it can be told by its tokens. */
    @BeforeEach
    void write() throws IOException {
        ShardIdentity identity = new ShardIdentity("test", "train", "0123456789abcdef", 100_000, END);
        Random random = new Random(1);
        try (StorageLocation location =
                        Storages.open(folder.resolve("set/train").toString());
                ShardWriter writer = new ShardWriter(
                        location.storage(), location.location(), identity, new ShardLimits(12_000, 700), "")) {
            for (int d = 0; d < 900; d++) {
                int[] document = new int[1 + random.nextInt(d % 5 == 0 ? 150 : 40)];
                Arrays.fill(document, d + 1);
                document[document.length - 1] = END;
                documents.add(document);
                writer.add(document, document.length / 2, d, document.length, new InputKey(d, d));
            }
            writer.finish();
        }
    }

    @Test
    void everyDocumentIsServedOnceAndWholeIfItFits() {
        try (ShardSet shards = ShardSet.open(folder.resolve("set").toString(), Split.TRAIN, CorpusFixture.CACHE)) {
            assertThat(shards.shardCount()).isGreaterThan(1);
            SourceWindows windows = SourceWindows.of("test", shards, Packing.BEST_FIT, SEQUENCE, LOOKAHEAD, 3);
            for (long epoch = 0; epoch < 2; epoch++) {
                Map<Integer, Integer> tokensOf = new HashMap<>();
                Map<Integer, Integer> piecesOf = new HashMap<>();
                for (long n = 0; n < windows.windows(); n++) {
                    PackedSequence window = windows.window(epoch * windows.windows() + n);
                    assertConsistent(window);
                    for (int j = 0; j < Math.min(window.filled(), SEQUENCE); j++) {
                        int token = window.tokens()[j];
                        if (window.documentStart()[j] == j && token != END) {
                            piecesOf.merge(token, 1, Integer::sum);
                        }
                        tokensOf.merge(token, 1, Integer::sum);
                    }
                }
                for (int d = 0; d < documents.size(); d++) {
                    int length = documents.get(d).length;
                    int pieces = length == 1 ? 0 : length <= SEQUENCE ? 1 : Math.ceilDiv(length - 1, SEQUENCE);
                    assertThat(piecesOf.getOrDefault(d + 1, 0))
                            .as("document %d of %d", d, length)
                            .isEqualTo(pieces);
                    assertThat(tokensOf.getOrDefault(d + 1, 0))
                            .as("document %d", d)
                            .isEqualTo(length - 1);
                }
            }
        }
    }

    /** A target's document is its input's, the loss begins in the middle of each document, and padding is no target and sees itself only. */
    private void assertConsistent(PackedSequence window) {
        assertThat(window.tokens()).hasSize(SEQUENCE + LOOKAHEAD);
        for (int j = 0; j < window.tokens().length; j++) {
            int start = window.documentStart()[j];
            if (j >= window.filled()) {
                assertThat(window.tokens()[j]).isEqualTo(END);
                assertThat(window.target()[j]).isFalse();
                assertThat(start).isEqualTo(j);
            } else if (window.tokens()[j] != END) {
                assertThat(window.tokens()[start]).isEqualTo(window.tokens()[j]);
                int[] document = documents.get(window.tokens()[j] - 1);
                if (document.length <= SEQUENCE) {
                    assertThat(window.target()[j]).isEqualTo(j - start >= document.length / 2);
                }
            }
        }
        assertThat(window.filled()).isPositive();
    }
}
