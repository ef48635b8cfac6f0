package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commit protocol on a real name node and data node in this JVM. */
@Tag("long")
class HdfsCheckpointTest {
    @Test
    void savesLoadsRetainsAndFallsBack(@TempDir Path disk) throws IOException {
        Configuration configuration = new HdfsConfiguration();
        configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.toString());
        try (MiniDFSCluster cluster = new MiniDFSCluster.Builder(configuration)
                        .numDataNodes(1)
                        .build();
                StorageLocation run = Storages.open(cluster.getURI() + "/runs/pico")) {
            cluster.waitActive();
            CheckpointStore store = Samples.store(run.storage(), run.location(), 2);
            for (long step : List.of(10L, 20L, 30L)) {
                store.save(step, Samples.of(step).sources(), Samples.of(step).state());
            }
            assertThat(store.steps()).containsExactly(30L, 20L);
            assertThatThrownBy(() -> store.save(
                            30, Samples.of(1).sources(), Samples.of(1).state()))
                    .isInstanceOf(CheckpointException.class);

            damage(run.storage(), run.storage().child(run.location(), new FileName("step-000000030")));
            CheckpointStore resumed = Samples.store(run.storage(), run.location(), 2);
            try (Checkpoint newest = resumed.newestValid().orElseThrow()) {
                assertThat(newest.step()).isEqualTo(20);
                Samples.of(20).assertHeldBy(newest);
            }
            assertThat(run.storage().list(run.location()))
                    .extracting(entry -> entry.name().replaceFirst("bad-.+", "bad"))
                    .containsExactly("LATEST", "epochs", "step-000000020", "step-000000030.bad");
        }
    }

    private static void damage(Storage storage, String step) throws IOException {
        String shard = storage.child(step, new FileName("rank-0000-of-0001.safetensors"));
        ByteBuffer bytes;
        try (InputFile file = storage.openFile(shard)) {
            bytes = ByteBuffer.allocate((int) file.length());
            file.readFully(0, bytes);
        }
        bytes.put(bytes.capacity() - 1, (byte) ~bytes.get(bytes.capacity() - 1));
        storage.delete(shard);
        try (OutputFile file = storage.createFile(shard)) {
            file.write(bytes.flip());
            file.sync();
        }
    }
}
