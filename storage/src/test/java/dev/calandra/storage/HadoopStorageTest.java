package dev.calandra.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real name node and data node in this JVM. */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HadoopStorageTest extends StorageContractTest {
    private MiniDFSCluster cluster;
    private URI root;
    private StorageLocation runs;
    private String folder;

    @BeforeAll
    void startCluster(@TempDir Path disk) throws IOException {
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.resolve("dfs").toString());
        cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
        cluster.waitActive();
        root = cluster.getURI();

        Path site = Files.createDirectories(disk.resolve("conf"));
        Files.writeString(
                site.resolve("core-site.xml"),
                "<configuration><property><name>fs.defaultFS</name><value>" + root
                        + "</value></property></configuration>");
        runs = Storages.open("hdfs:///runs", Map.of("HADOOP_CONF_DIR", site.toString()));
    }

    @AfterAll
    void stopCluster() throws IOException {
        runs.close();
        cluster.shutdown();
    }

    @BeforeEach
    void freshFolder() throws IOException {
        folder = storage().child(runs.location(), new FileName("test-" + UUID.randomUUID()));
        storage().createFolders(folder);
    }

    @Override
    Storage storage() {
        return runs.storage();
    }

    @Override
    String folder() {
        return folder;
    }

    @Test
    void aLocationWithItsNameNodeNeedsNoConfiguration() throws IOException {
        write(at("a"), "x");

        try (StorageLocation direct = Storages.open(at("a"), Map.of())) {
            assertThat(direct.storage().length(direct.location())).isEqualTo(1);
        }
    }

    /** The name node's own are one replica, for its one data node, and blocks of 128 MiB. */
    @Test
    void whatTheClientsSiteSaysOfReplicasAndBlocksHolds(@TempDir Path conf) throws IOException {
        Files.writeString(
                conf.resolve("hdfs-site.xml"),
                "<configuration><property><name>dfs.replication</name><value>2</value></property>"
                        + "<property><name>dfs.blocksize</name><value>2m</value></property></configuration>");
        try (StorageLocation own = Storages.open(folder, Map.of("HADOOP_CONF_DIR", conf.toString()))) {
            String location = own.storage().child(own.location(), new FileName("own"));
            own.storage().createFile(location).close();
            FileStatus status = FileContext.getFileContext(root).getFileStatus(new org.apache.hadoop.fs.Path(location));
            assertThat(status.getReplication()).isEqualTo((short) 2);
            assertThat(status.getBlockSize()).isEqualTo(2 << 20);
            assertThat(own.storage().freeBytes(own.location()).getAsLong()
                            / (double) storage().freeBytes(folder).getAsLong())
                    .as("of one disk, in two replicas instead of one")
                    .isBetween(0.4, 0.6);
        }
        write(at("default"), "x");
        FileStatus status =
                FileContext.getFileContext(root).getFileStatus(new org.apache.hadoop.fs.Path(at("default")));
        assertThat(status.getReplication()).as("the name node's").isEqualTo((short) 1);
    }

    @Test
    void filesAreNotOnLocalDisk() throws IOException {
        assertThat(storage().localPath(at("a"))).isEmpty();
    }

    /** On JDK 25 a thread does not inherit the Hadoop user of its parent (HADOOP-19906). */
    @Test
    void theUserWhoOpenedTheStorageWritesFromEveryThread() throws Exception {
        FileContext superuser = FileContext.getFileContext(root);
        org.apache.hadoop.fs.Path shared = new org.apache.hadoop.fs.Path(root + "/shared");
        superuser.mkdir(shared, FsPermission.getDirDefault(), false);
        superuser.setPermission(shared, new FsPermission((short) 0777));
        UserGroupInformation bob = UserGroupInformation.createRemoteUser("bob");
        StorageLocation opened =
                bob.doAs((PrivilegedExceptionAction<StorageLocation>) () -> Storages.open(shared.toString(), Map.of()));
        String location = opened.storage().child(opened.location(), new FileName("shard"));
        try (ExecutorService writer = Executors.newSingleThreadExecutor()) {
            writer.submit(() -> {
                        try (OutputFile file = opened.storage().createFile(location)) {
                            file.sync();
                        }
                        return null;
                    })
                    .get();
        }
        FileStatus status = superuser.getFileStatus(new org.apache.hadoop.fs.Path(location));
        assertThat(status.getOwner()).isEqualTo("bob");
        assertThat(status.getPermission().toShort()).isEqualTo((short) 0640);
    }
}
