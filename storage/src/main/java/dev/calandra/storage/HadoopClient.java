package dev.calandra.storage;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.security.UserGroupInformation;

/** Builds the Hadoop configuration of a location. Loading this class loads Hadoop; local runs never do. */
final class HadoopClient {
    /** Key of hdfs-site.xml: how long an operation waits for a name node that is away or in safe mode, e.g. {@code 10m}. */
    static final String PATIENCE = "calandra.hdfs.patience";

    private static final long DEFAULT_PATIENCE_SECONDS = 300;

    private HadoopClient() {}

    /**
     * Opens the storage of an {@code hdfs://} location; one without a name node gets that of {@code fs.defaultFS}.
     *
     * @param configurationFolder folder of core-site.xml and hdfs-site.xml, if any
     */
    static StorageLocation open(URI location, Optional<Path> configurationFolder) throws IOException {
        Configuration configuration = configuration(configurationFolder);
        URI nameNode = location.getAuthority() == null ? URI.create(configuration.get("fs.defaultFS")) : location;
        if (!"hdfs".equals(nameNode.getScheme()) || nameNode.getAuthority() == null) {
            throw new IOException(
                    location + " names no name node and fs.defaultFS is " + nameNode
                            + ": write hdfs://HOST:PORT/path, or set HADOOP_CONF_DIR to the folder of the cluster's core-site.xml");
        }
        if (!"simple".equalsIgnoreCase(configuration.get("hadoop.security.authentication", "simple"))) {
            // Otherwise Hadoop asks only the configuration on its own class path, and logs in without Kerberos.
            UserGroupInformation.setConfiguration(configuration);
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
        endurance(patience(configuration)).forEach((key, value) -> {
            if (!setBySite(configuration, key)) {
                configuration.set(key, value, "calandra");
            }
        });
        return configuration;
    }

    static Duration patience(Configuration configuration) {
        return Duration.ofMillis(configuration.getTimeDuration(
                PATIENCE, DEFAULT_PATIENCE_SECONDS * 1000, TimeUnit.SECONDS, TimeUnit.MILLISECONDS));
    }

    /** The same configuration for requests that are to be sent once, at the start of a run or after an outage. */
    static Configuration impatient(Configuration configuration) {
        Configuration once = new Configuration(configuration);
        once.setBoolean("dfs.client.retry.policy.enabled", false);
        once.setInt("dfs.client.failover.max.attempts", 2);
        once.setInt("ipc.client.connect.max.retries", 1);
        once.setInt("ipc.client.connect.max.retries.on.timeouts", 0);
        return once;
    }

    /**
     * Where Hadoop's own defaults give up too early, or too late, for a job of days. Without the retry policy a client of a single name node
     * fails at its first restart. With it, Hadoop goes through this list of pauses twice over: to connect, and, after each failure of that,
     * to send the request again; so a list of n pauses waits n + 2 times their sum. Between two name nodes the pauses grow to 15 s. A host
     * that drops packets instead of refusing them costs 20 s for each attempt. Five attempts are too few for a busy name node to confirm the
     * last block of a large shard. And where no data node is left to replace a dead one, writing goes on with the others: on a small cluster
     * a save is worth more than a replica that the name node makes later.
     */
    private static Map<String, String> endurance(Duration patience) {
        long all = patience.toMillis() / 6;
        long brief = Math.clamp(patience.toMillis() / 60, 1, 2000);
        long rest = Math.max(brief, all / 2 - brief);
        return Map.of(
                "dfs.client.retry.policy.enabled",
                "true",
                "dfs.client.retry.policy.spec",
                "%d,2,%d,2".formatted(brief, rest),
                "dfs.client.failover.max.attempts",
                Long.toString(Math.max(15, 6 + patience.toSeconds() / 15)),
                "ipc.client.connect.max.retries.on.timeouts",
                "1",
                "dfs.client.block.write.locateFollowingBlock.retries",
                "10",
                "dfs.client.block.write.replace-datanode-on-failure.best-effort",
                "true");
    }

    /** Whether the cluster's files, or we, say something else about a key than Hadoop's own defaults. */
    static boolean setBySite(Configuration configuration, String key) {
        String[] sources = configuration.getPropertySources(key);
        return sources != null && sources.length > 0 && !sources[sources.length - 1].endsWith("-default.xml");
    }
}
