package dev.calandra.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ExitCode;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoragesTest {
    @TempDir
    Path folder;

    @Test
    void pathsAndFileUrisAreLocal() throws IOException {
        try (StorageLocation path = Storages.open(folder.resolve("a/../b").toString());
                StorageLocation uri = Storages.open(folder.resolve("b").toUri().toString());
                StorageLocation relative = Storages.open("runs/pico")) {
            assertThat(path.storage()).isInstanceOf(LocalStorage.class);
            assertThat(path.location())
                    .isEqualTo(folder.resolve("b").toString())
                    .isEqualTo(uri.location());
            assertThat(Path.of(relative.location())).isAbsolute().endsWithRaw(Path.of("runs/pico"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3a://bucket/run", "gs://b/run", "abfss://c@a/run", "webhdfs://nn/run", "viewfs://c/run"})
    void fileSystemsWithoutAtomicRenameOrSyncAreRefusedWithTheReason(String location) {
        assertThatThrownBy(() -> Storages.open(location))
                .isInstanceOfSatisfying(
                        ConfigException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
                .hasMessageContaining(location)
                .hasMessageMatching("(?s).*(renam|sync).*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "gopher://x/y", "hdfs:relative", "hdfs://nn/a b"})
    void nonsenseIsRefused(String location) {
        assertThatThrownBy(() -> Storages.open(location)).isInstanceOf(ConfigException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"file://data/runs", "file:runs", "FILE:runs?a=b"})
    void aFileUriThatIsNoPathOfThisDiskIsRefusedWithTheRightForm(String location) {
        assertThatThrownBy(() -> Storages.open(location))
                .isInstanceOfSatisfying(
                        ConfigException.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.USAGE))
                .hasMessageContaining(location)
                .hasMessageContaining("write file:///absolute/path");
    }

    @Test
    void anHdfsLocationWithoutANameNodeNeedsTheClustersConfiguration() {
        assertThatThrownBy(() -> Storages.open("hdfs:///runs", Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("HADOOP_CONF_DIR");
        assertThatThrownBy(() -> Storages.open("hdfs:///runs", Map.of("HADOOP_CONF_DIR", folder + "/absent")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not a folder");
    }

    @Test
    void theSitesConfigurationIsRead() throws IOException {
        Files.writeString(folder.resolve("core-site.xml"), site("fs.defaultFS", "hdfs://nn.example:9000"));
        Files.writeString(folder.resolve("hdfs-site.xml"), site("dfs.client.retry.policy.enabled", "false"));

        Configuration configuration = HadoopClient.configuration(Optional.of(folder));

        assertThat(configuration.get("fs.defaultFS")).isEqualTo("hdfs://nn.example:9000");
        assertThat(configuration.getBoolean("dfs.client.retry.policy.enabled", true))
                .as("the site's own choice stands")
                .isFalse();
        assertThat(configuration.getInt("dfs.client.block.write.locateFollowingBlock.retries", 5))
                .as("ours replaces Hadoop's default")
                .isEqualTo(10);
    }

    @Test
    void hadoopsHomeStandsInForItsConfigurationFolder() throws IOException {
        Path conf = Files.createDirectories(folder.resolve("home/etc/hadoop"));
        Files.writeString(conf.resolve("core-site.xml"), site("fs.defaultFS", "hdfs://localhost:1"));
        try (StorageLocation opened = Storages.open(
                "hdfs:///runs", Map.of("HADOOP_HOME", folder.resolve("home").toString()))) {
            assertThat(opened.location()).isEqualTo("hdfs://localhost:1/runs");
        }
    }

    /** Hadoop goes through the list of pauses n + 2 times. */
    @ParameterizedTest
    @CsvSource({"300s, 300", "10m, 600", "12, 12", "1s, 1"})
    void patienceBoundsTheWaitForAConnection(String patience, int seconds) throws IOException {
        Files.writeString(folder.resolve("hdfs-site.xml"), site("calandra.hdfs.patience", patience));

        Configuration configuration = HadoopClient.configuration(Optional.of(folder));

        assertThat(HadoopClient.patience(configuration)).isEqualTo(Duration.ofSeconds(seconds));
        int[] spec = Arrays.stream(
                        configuration.get("dfs.client.retry.policy.spec").split(","))
                .mapToInt(Integer::parseInt)
                .toArray();
        int pauses = spec[1] + spec[3];
        int sum = spec[0] * spec[1] + spec[2] * spec[3];
        assertThat((pauses + 2) * sum / 1000.0).isCloseTo(seconds, withinPercentage(2));
    }

    /** Nobody listens on port 1, and the top-level domain is reserved for names that do not exist. */
    @ParameterizedTest
    @CsvSource({"hdfs://localhost:1/runs, does not answer", "hdfs://no-such-host.invalid:8020/runs, host is not known"})
    void aNameNodeThatIsNotThereFailsAtOnce(String location, String because) {
        assertThatThrownBy(() -> {
                    try (StorageLocation opened = Storages.open(location, Map.of())) {
                        opened.storage().exists(opened.location());
                    }
                })
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining(location.substring(0, location.length() - 4))
                .hasMessageContaining(because);
    }

    @Test
    void localLocationsWorkWithoutHadoopOnTheClassPath() throws Exception {
        URL[] withoutHadoop = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("hadoop"))
                .map(StoragesTest::url)
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(withoutHadoop, ClassLoader.getPlatformClassLoader())) {
            assertThatThrownBy(() -> loader.loadClass("org.apache.hadoop.fs.FileContext"))
                    .isInstanceOf(ClassNotFoundException.class);
            Object opened = loader.loadClass(Storages.class.getName())
                    .getMethod("open", String.class)
                    .invoke(null, folder.toString());
            assertThat(opened).hasToString(folder.toString());
        }
    }

    private static URL url(String classPathEntry) {
        try {
            return Path.of(classPathEntry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(classPathEntry, e);
        }
    }

    private static String site(String key, String value) {
        return "<configuration><property><name>" + key + "</name><value>" + value
                + "</value></property></configuration>";
    }
}
