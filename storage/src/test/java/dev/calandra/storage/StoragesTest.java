package dev.calandra.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ExitCode;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
