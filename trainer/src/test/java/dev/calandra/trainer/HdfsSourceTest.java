package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.configs.ExitCode;
import dev.calandra.storage.FileName;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose shards lie on a real name node and data node in this JVM and are read through the local cache. */
@Tag("long")
class HdfsSourceTest {

    @TempDir
    private Path folder;

    @Test
    void aRunFromHdfsIsTheRunFromLocalDisk() throws IOException {
        TinyRun tiny = new TinyRun(folder);
        tiny.train("local", TrainingOptions.NONE, "run.steps=12");
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
        try (MiniDFSCluster cluster =
                new MiniDFSCluster.Builder(configuration).numDataNodes(1).build()) {
            cluster.waitActive();
            String root = cluster.getURI() + "/corpora/";
            for (String source : List.of("prose", "sums")) {
                copy(folder.resolve(source), root + source);
            }
            Path cache = folder.resolve("cache");
            String[] sets = {
                "run.steps=12",
                "data.sources.prose.path=" + root + "prose",
                "data.sources.sums.path=" + root + "sums",
                "data.cache.directory=" + cache
            };

            assertThat(tiny.train("remote", TrainingOptions.NONE, sets)).isEqualTo(ExitCode.OK);

            assertThat(tiny.metrics("remote")).isEqualTo(tiny.metrics("local"));
            assertThat(tiny.tensors("remote")).isEqualTo(tiny.tensors("local"));
            // Train and held-out shards of both sources.
            assertThat(files(cache)).hasSize(4).allMatch(file -> file.toString().endsWith("shard-000000.arrow"));
            assertThatThrownBy(() -> tiny.train(
                            "small",
                            TrainingOptions.NONE,
                            sets[0],
                            sets[1],
                            sets[2],
                            "data.cache.gibibytes=1e-9",
                            "data.cache.directory=" + folder.resolve("other")))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("shard-000000.arrow")
                    .hasMessageContaining("data.cache.gibibytes");
        }
    }

    private static List<Path> files(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static void copy(Path corpus, String target) throws IOException {
        try (StorageLocation location = Storages.open(target)) {
            Storage storage = location.storage();
            for (Path file : files(corpus)) {
                String split = storage.child(
                        location.location(),
                        new FileName(file.getParent().getFileName().toString()));
                storage.createFolders(split);
                try (OutputFile copy = storage.createFile(
                        storage.child(split, new FileName(file.getFileName().toString())))) {
                    copy.write(ByteBuffer.wrap(Files.readAllBytes(file)));
                    copy.sync();
                }
            }
        }
    }
}
