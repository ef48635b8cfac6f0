package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.MiniDFSNNTopology;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Two name nodes, one active, found by the cluster's hdfs-site.xml. */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HdfsFailoverTest {
    private MiniDFSCluster cluster;
    private Path disk;
    private int active;

    @BeforeAll
    void startCluster(@TempDir Path folder) throws IOException {
        disk = folder;
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.resolve("dfs").toString());
        configuration.setInt("dfs.ha.tail-edits.period", 1);
        cluster = new MiniDFSCluster.Builder(configuration)
                .nnTopology(MiniDFSNNTopology.simpleHATopology())
                .numDataNodes(1)
                .build();
        cluster.waitActive();
        cluster.transitionToActive(0);
    }

    @AfterAll
    void stopCluster() {
        cluster.shutdown();
    }

    private StorageLocation open(String path, Map<String, String> more) throws IOException {
        Map<String, String> site = new HashMap<>(more);
        site.put("dfs.nameservices", "birds");
        site.put("dfs.ha.namenodes.birds", "a,b");
        site.put("dfs.namenode.rpc-address.birds.a", "localhost:" + cluster.getNameNodePort(0));
        site.put("dfs.namenode.rpc-address.birds.b", "localhost:" + cluster.getNameNodePort(1));
        site.put(
                "dfs.client.failover.proxy.provider.birds",
                "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider");
        Path conf = Files.createTempDirectory(disk, "conf");
        Files.writeString(conf.resolve("hdfs-site.xml"), HdfsCluster.site(site));
        return Storages.open("hdfs://birds" + path, Map.of("HADOOP_CONF_DIR", conf.toString()));
    }

    private void failOver() throws IOException {
        cluster.transitionToStandby(active);
        active = 1 - active;
        cluster.transitionToActive(active);
    }

    private static void save(CheckpointStore store, long step) {
        store.save(step, Samples.of(step).sources(), Samples.of(step).state());
    }

    @Test
    void theOtherNameNodeTakesOverBeforeAnyOperation() throws IOException {
        for (int operation = 0; operation < 60; operation += 4) {
            try (StorageLocation run = open("/failover-" + operation, Map.of())) {
                InterruptedSave interrupted = new InterruptedSave(run.storage(), operation, this::failOver);
                CheckpointStore store = Samples.store(interrupted.storage(), run.location(), 2);
                for (long step : List.of(10L, 20L, 30L)) {
                    save(store, step);
                }
                assertThat(store.steps()).containsExactly(30L, 20L);
                try (Checkpoint newest = store.newestValid().orElseThrow()) {
                    Samples.of(30).assertHeldBy(newest);
                }
                if (!interrupted.happened()) {
                    assertThat(operation).isGreaterThan(15);
                    return;
                }
            }
        }
    }

    /** The name node has carried each request out, and its first two answers are lost. */
    @Test
    void lostAnswersLoseNothingAndDoNothingTwice() throws IOException {
        Map<String, String> lossy = Map.of(
                "dfs.client.test.drop.namenode.response.number", "2",
                "dfs.client.failover.sleep.base.millis", "1",
                "dfs.client.failover.sleep.max.millis", "10");
        try (StorageLocation run = open("/lossy", lossy)) {
            CheckpointStore store = Samples.store(run.storage(), run.location(), 2);
            for (long step : List.of(10L, 20L, 30L)) {
                save(store, step);
            }
            assertThat(store.steps()).containsExactly(30L, 20L);
            try (Checkpoint newest = store.newestValid().orElseThrow()) {
                Samples.of(30).assertHeldBy(newest);
            }
            assertThat(run.storage().list(run.location())).hasSize(4);
        }
    }
}
