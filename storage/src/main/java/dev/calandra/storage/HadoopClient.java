package dev.calandra.storage;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;

/** Builds the Hadoop configuration of a location. Loading this class loads Hadoop; local runs never do. */
final class HadoopClient {
    /**
     * Where Hadoop's own default gives up too early for a job of days. Without the retry policy a client of a single name node fails at its
     * first restart; with this one it waits 15 × 2 s, then 27 × 10 s, about five minutes in all. Five attempts are too few for a busy name
     * node to confirm the last block of a large shard.
     */
    private static final Map<String, String> PATIENCE = Map.of(
            "dfs.client.retry.policy.enabled", "true",
            "dfs.client.retry.policy.spec", "2000,15,10000,27",
            "dfs.client.block.write.locateFollowingBlock.retries", "10");

    private HadoopClient() {}

    /**
     * Opens the storage of an {@code hdfs://} location; one without a name node gets that of {@code fs.defaultFS}.
     *
     * @param configurationFolder folder of core-site.xml and hdfs-site.xml ({@code HADOOP_CONF_DIR}), if any
     */
    static StorageLocation open(URI location, Optional<Path> configurationFolder) throws IOException {
        Configuration configuration = configuration(configurationFolder);
        URI nameNode = location.getAuthority() == null ? URI.create(configuration.get("fs.defaultFS")) : location;
        if (!"hdfs".equals(nameNode.getScheme()) || nameNode.getAuthority() == null) {
            throw new IOException(
                    location + " names no name node and fs.defaultFS is " + nameNode
                            + ": write hdfs://HOST:PORT/path, or set HADOOP_CONF_DIR to the folder of the cluster's core-site.xml");
        }
        String root = "hdfs://" + nameNode.getAuthority();
        return new StorageLocation(
                new HadoopStorage(URI.create(root + "/"), configuration),
                root + location.normalize().getPath());
    }

    static Configuration configuration(Optional<Path> folder) throws IOException {
        Configuration configuration = new HdfsConfiguration();
        if (folder.isPresent()) {
            if (!Files.isDirectory(folder.get())) {
                throw new IOException("HADOOP_CONF_DIR is " + folder.get() + ", which is not a folder");
            }
            for (String name : new String[] {"core-site.xml", "hdfs-site.xml"}) {
                Path file = folder.get().resolve(name);
                if (Files.exists(file)) {
                    configuration.addResource(new org.apache.hadoop.fs.Path(file.toUri()));
                }
            }
        }
        PATIENCE.forEach((key, value) -> {
            if (!setBySite(configuration, key)) {
                configuration.set(key, value, "calandra");
            }
        });
        return configuration;
    }

    private static boolean setBySite(Configuration configuration, String key) {
        String[] sources = configuration.getPropertySources(key);
        return sources != null && sources.length > 0 && !sources[sources.length - 1].endsWith("-default.xml");
    }
}
