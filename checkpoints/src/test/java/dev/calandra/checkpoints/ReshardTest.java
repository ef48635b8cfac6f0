package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.ConfigException;
import dev.calandra.storage.Storage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint of any layout of ranks loads into any other, optimizer state included, and is saved from there byte for byte. */
class ReshardTest {
    private static final int MAX_WORLD = 8;

    /** Syncs are left out: hundreds of checkpoints would wait for the disk. */
    private static final Storage DISK = new ModelStorage(ModelStorage.Semantics.HDFS);

    @TempDir
    Path folder;

    private static List<RankLayout> layouts(int experts) {
        List<RankLayout> layouts = new ArrayList<>();
        for (int expertRanks = 1; expertRanks <= MAX_WORLD; expertRanks++) {
            for (int replicas = 1; expertRanks * replicas <= MAX_WORLD; replicas++) {
                RankLayout layout = new RankLayout(expertRanks * replicas, expertRanks);
                if (experts % expertRanks == 0) {
                    layouts.add(layout);
                } else {
                    assertThatThrownBy(() -> new RankMemory(layout, 0, experts))
                            .isInstanceOf(ConfigException.class)
                            .hasMessageContaining(
                                    experts + " experts cannot be shared out among " + layout.expertRanks() + " ranks");
                }
            }
        }
        return layouts;
    }

    @Test
    void everyLayoutLoadsIntoEveryOther() {
        assertEveryPair(4);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(ints = {8, 16})
    void everyLayoutLoadsIntoEveryOtherWithMoreExperts(int experts) {
        assertEveryPair(experts);
    }

    private void assertEveryPair(int experts) {
        Map<String, String> truth = new TreeMap<>();
        RankMemory.logicalTensors(experts)
                .forEach(tensor -> truth.put(tensor.name(), sha256(RankMemory.truth(tensor))));
        List<RankLayout> layouts = layouts(experts);
        assertThat(layouts).hasSize(experts == 4 ? 14 : 15);
        for (RankLayout from : layouts) {
            String run =
                    folder.resolve(from.worldSize() + "-" + from.expertRanks()).toString();
            CheckpointStore store = Samples.store(DISK, run, Integer.MAX_VALUE);
            List<RankMemory> writers = ranks(from, experts);
            writers.forEach(RankMemory::fillWithTruth);
            save(store, 0, writers);
            try (Checkpoint checkpoint = store.open(0)) {
                long step = 0;
                for (RankLayout to : layouts) {
                    List<RankMemory> readers = ranks(to, experts);
                    readers.forEach(rank -> rank.load(checkpoint));
                    assertThat(readers).as("%s to %s", from, to).allMatch(RankMemory::isTrue);
                    save(store, ++step, readers);
                    assertThat(hashes(store, step)).as("%s to %s", from, to).isEqualTo(truth);
                }
            }
        }
    }

    private static List<RankMemory> ranks(RankLayout layout, int experts) {
        return IntStream.range(0, layout.worldSize())
                .mapToObj(rank -> new RankMemory(layout, rank, experts))
                .toList();
    }

    private static void save(CheckpointStore store, long step, List<RankMemory> ranks) {
        try (StagedCheckpoint staged = store.stage(step, ranks.size())) {
            List<ShardReport> reports = IntStream.range(0, ranks.size())
                    .mapToObj(rank -> staged.writeShard(rank, ranks.get(rank).sources()))
                    .toList();
            staged.commit(reports, Map.of());
        }
    }

    private static Map<String, String> hashes(CheckpointStore store, long step) {
        Map<String, String> hashes = new TreeMap<>();
        try (Checkpoint checkpoint = store.open(step)) {
            for (TensorInfo tensor : checkpoint.tensors()) {
                hashes.put(tensor.name(), sha256(checkpoint.read(tensor.name()).array()));
            }
        }
        return hashes;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Test
    void partsOfARowAreRefused() {
        CheckpointStore store = Samples.store(DISK, folder.toString(), 2);
        save(store, 1, ranks(RankLayout.SINGLE, 4));
        try (Checkpoint checkpoint = store.open(1)) {
            assertThatThrownBy(() -> checkpoint.readRows("embedding", 0, ByteBuffer.allocate(25)))
                    .hasMessageContaining("not whole rows");
            assertThatThrownBy(() -> checkpoint.readRows("embedding", 10, ByteBuffer.allocate(48)))
                    .hasMessageContaining("leave tensor 'embedding'");
        }
    }
}
