package dev.calandra.storage;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.Problem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Picks the storage of a location by its scheme: a path or {@code file:} is local disk, {@code hdfs:} is Hadoop with the cluster's
 * {@code core-site.xml} and {@code hdfs-site.xml} from {@code HADOOP_CONF_DIR}, or else {@code HADOOP_HOME/etc/hadoop}. Hadoop's classes are loaded only for Hadoop's locations.
 */
public final class Storages {
    /** Two letters or more, so that a Windows drive is not a scheme. */
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*", Pattern.DOTALL);

    private static final String OBJECT_STORE =
            "it renames a folder by copying its objects one by one, so a crash could leave half a checkpoint under its final name";

    /** File systems that Hadoop can reach but that do not keep what {@link Storage} promises, and why. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("s3a", OBJECT_STORE),
            Map.entry("s3n", OBJECT_STORE),
            Map.entry("s3", OBJECT_STORE),
            Map.entry("gs", OBJECT_STORE),
            Map.entry("oss", OBJECT_STORE),
            Map.entry("cosn", OBJECT_STORE),
            Map.entry("obs", OBJECT_STORE),
            Map.entry("wasb", OBJECT_STORE),
            Map.entry("wasbs", OBJECT_STORE),
            Map.entry(
                    "abfs",
                    "its rename is atomic only on accounts with a hierarchical namespace, which cannot be told from here"),
            Map.entry(
                    "abfss",
                    "its rename is atomic only on accounts with a hierarchical namespace, which cannot be told from here"),
            Map.entry("webhdfs", "it cannot sync a file to disk (no hsync); use hdfs:// to the same cluster"),
            Map.entry("swebhdfs", "it cannot sync a file to disk (no hsync); use hdfs:// to the same cluster"),
            Map.entry(
                    "viewfs",
                    "a rename across its mount points is not one step; use the hdfs:// location behind the mount"),
            Map.entry("ftp", "its rename is not atomic and it cannot sync"),
            Map.entry("sftp", "its rename is not atomic and it cannot sync"),
            Map.entry("har", "it is read-only"));

    private Storages() {}

    /**
     * Opens the storage that a location belongs to and makes the location absolute.
     *
     * @param location as a user writes it: {@code runs/pico}, {@code file:///data/runs}, {@code hdfs://namenode:8020/runs/pico}
     * @throws ConfigException when the file system cannot keep the promises of {@link Storage}, or is not known
     * @throws IOException when it cannot be reached
     */
    public static StorageLocation open(String location) throws IOException {
        return open(location, System.getenv());
    }

    /**
     * The same in another environment than this process's.
     *
     * @param environment of it, HADOOP_CONF_DIR and HADOOP_HOME are looked at
     */
    public static StorageLocation open(String location, Map<String, String> environment) throws IOException {
        if (location.isBlank()) {
            throw new ConfigException(new Problem("", 0, "location", "is empty; give a path or an hdfs:// location"));
        }
        Matcher matcher = SCHEME.matcher(location);
        String scheme = matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "file";
        return switch (scheme) {
            case "file" -> local(matcher.matches() ? path(uri(location)) : Path.of(location));
            case "hdfs" -> hadoop(uri(location), environment);
            default -> throw refused(location, scheme);
        };
    }

    private static StorageLocation local(Path path) {
        return new StorageLocation(
                new LocalStorage(), path.toAbsolutePath().normalize().toString());
    }

    private static StorageLocation hadoop(URI location, Map<String, String> environment) throws IOException {
        if (location.getPath() == null || !location.getPath().startsWith("/")) {
            throw new ConfigException(
                    new Problem("", 0, location.toString(), "has no absolute path; write hdfs://HOST:PORT/path"));
        }
        return HadoopClient.open(location, configurationFolder(environment));
    }

    /** As Hadoop's own scripts look for it. */
    private static Optional<Path> configurationFolder(Map<String, String> environment) {
        return Optional.ofNullable(environment.get("HADOOP_CONF_DIR"))
                .filter(folder -> !folder.isBlank())
                .map(Path::of)
                .or(() -> Optional.ofNullable(environment.get("HADOOP_HOME"))
                        .filter(home -> !home.isBlank())
                        .map(home -> Path.of(home, "etc", "hadoop"))
                        .filter(Files::isDirectory));
    }

    /** {@code file://data/runs} names a host, {@code file:runs} no path from the root: neither is a place on this disk. */
    private static Path path(URI location) {
        try {
            return Path.of(location);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(new Problem(
                    "",
                    0,
                    location.toString(),
                    "is no file on this machine (" + e.getMessage()
                            + "); write file:///absolute/path, or a path without file:"));
        }
    }

    private static URI uri(String location) {
        try {
            return URI.create(location);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(new Problem("", 0, location, "is not a valid URI: " + e.getMessage()));
        }
    }

    private static ConfigException refused(String location, String scheme) {
        String reason = REFUSED.get(scheme);
        String message = reason == null
                ? "file system '" + scheme + "' is not known; use a local path or hdfs://"
                : "Calandra does not use " + scheme + "://: " + reason
                        + "; use a local path or hdfs:// and copy from or to there";
        return new ConfigException(new Problem("", 0, location, message));
    }
}
