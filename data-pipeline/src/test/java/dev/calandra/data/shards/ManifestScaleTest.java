package dev.calandra.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The only part of a set whose size grows with the corpus and that is read at the start: 10^12 tokens in a million shards. */
@Tag("long")
class ManifestScaleTest {
    private static final int SHARDS = 1_000_000;
    private static final double SECOND = 1e9;

    @Test
    void aMillionShardsAreReadInSeconds() throws IOException {
        List<ShardEntry> entries = new ArrayList<>();
        for (int i = 0; i < SHARDS; i++) {
            entries.add(new ShardEntry("shard-%06d.arrow".formatted(i), 1000, 1_000_000, 4_020_000, i, ~i));
        }
        byte[] json = new ShardManifest(
                        new ShardIdentity("web", "train", "0123456789abcdef", 100, 0), 4L << 40, entries)
                .toJson();
        entries.clear();
        long before = usedBytes();
        long start = System.nanoTime();
        ShardManifest manifest = ShardManifest.parse("manifest.json", json);
        double seconds = (System.nanoTime() - start) / SECOND;
        long bytes = usedBytes() - before;
        assertThat(manifest.tokens()).isEqualTo(1_000_000_000_000L);
        assertThat(manifest.documents()).isEqualTo(1_000_000_000L);
        assertThat(seconds).isLessThan(30);
        assertThat(bytes).isLessThan(200L * SHARDS);
    }

    private static long usedBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
