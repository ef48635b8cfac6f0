package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.RunInUseException;
import dev.calandra.configs.Configs;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose folder lies on a real name node and data node in this JVM: lock, metrics, config and checkpoints. */
@Tag("long")
class HdfsRunTest {

    private static final String[] SETS = {"run.steps=12", "run.save_every=5"};

    @TempDir
    private Path folder;

    @Test
    void aRunOnHdfsIsTheRunOnLocalDisk() throws IOException {
        TinyRun tiny = new TinyRun(folder);
        tiny.train("local", TrainingOptions.NONE, SETS);
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
        try (MiniDFSCluster cluster =
                new MiniDFSCluster.Builder(configuration).numDataNodes(1).build()) {
            cluster.waitActive();
            LoadedConfig config = onHdfs(tiny, cluster.getURI() + "/runs/tiny");
            try (TrainingRun first = open(config, OptionalLong.of(7))) {
                assertThatThrownBy(() -> open(config, OptionalLong.empty()))
                        .isInstanceOf(RunInUseException.class)
                        .hasMessageContaining("in use by another trainer");
                assertThat(first.train()).isEqualTo(ExitCode.STOPPED);
            }
            try (TrainingRun second = open(config, OptionalLong.empty())) {
                assertThat(second.step()).isEqualTo(7);
                assertThat(second.train()).isEqualTo(ExitCode.OK);
            }
            assertThat(metrics(config.config().run().directory())).isEqualTo(tiny.metrics("local"));
        }
    }

    private static LoadedConfig onHdfs(TinyRun tiny, String directory) {
        List<String> sets = new ArrayList<>(List.of(SETS));
        sets.add("run.directory=" + directory);
        return Configs.load(tiny.configFile(), sets);
    }

    private static TrainingRun open(LoadedConfig config, OptionalLong stopAfter) {
        return TrainingRun.open(
                config, new TrainingOptions(Set.of(), false, stopAfter), TinyRun.surroundings(new ArrayList<>()));
    }

    private static List<String> metrics(String directory) throws IOException {
        try (StorageLocation run = Storages.open(directory);
                InputFile file =
                        run.storage().openFile(run.storage().child(run.location(), new FileName("metrics.jsonl")))) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.length()));
            file.readFully(0, bytes);
            return TinyRun.withoutClock(new String(bytes.array(), StandardCharsets.UTF_8).lines());
        }
    }
}
