package dev.calandra.checkpoints;

import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.SafeModeAction;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;

/** A name node and three data nodes in this JVM, with blocks of 1 MiB, reached as a user reaches a cluster: by HADOOP_CONF_DIR. */
final class HdfsCluster implements AutoCloseable {
    static final int BLOCK_BYTES = 1 << 20;

    private final MiniDFSCluster cluster;
    private final Path disk;

    HdfsCluster(Path disk) throws IOException {
        this.disk = disk;
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.resolve("dfs").toString());
        configuration.setInt("dfs.blocksize", BLOCK_BYTES);
        configuration.setInt("dfs.heartbeat.interval", 1);
        configuration.setInt("dfs.namenode.heartbeat.recheck-interval", 500);
        // A restarted name node leaves safe mode when the data nodes are there, not half a minute later.
        configuration.setInt("dfs.namenode.safemode.extension", 0);
        cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(3).build();
        cluster.waitActive();
    }

    MiniDFSCluster cluster() {
        return cluster;
    }

    /** Opens a location by a client that waits this long. */
    StorageLocation open(String path, String patience) throws IOException {
        Path conf = Files.createDirectories(disk.resolve("conf-" + patience));
        Files.writeString(conf.resolve("core-site.xml"), site(Map.of("fs.defaultFS", cluster.getURI() + "")));
        Files.writeString(
                conf.resolve("hdfs-site.xml"),
                site(Map.of(
                        "calandra.hdfs.patience",
                        patience,
                        "dfs.blocksize",
                        BLOCK_BYTES + "",
                        "dfs.replication",
                        "3")));
        return Storages.open("hdfs://" + path, Map.of("HADOOP_CONF_DIR", conf.toString()));
    }

    static String site(Map<String, String> properties) {
        return properties.entrySet().stream()
                .map(entry -> "<property><name>" + entry.getKey() + "</name><value>" + entry.getValue()
                        + "</value></property>")
                .collect(Collectors.joining("", "<configuration>", "</configuration>"));
    }

    /** As the superuser. */
    DistributedFileSystem files() throws IOException {
        return cluster.getFileSystem();
    }

    void safeMode(boolean on) throws IOException {
        files().setSafeMode(on ? SafeModeAction.ENTER : SafeModeAction.LEAVE);
    }

    /** A folder that everybody may write to. */
    void shared(String path) throws IOException {
        org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(path);
        files().mkdirs(folder);
        files().setPermission(folder, new FsPermission((short) 0777));
    }

    @Override
    public void close() {
        cluster.shutdown();
    }
}
