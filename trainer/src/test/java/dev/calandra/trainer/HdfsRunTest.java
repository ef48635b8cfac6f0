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
import dev.calandra.trainer.run.StopRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
        try (MiniDFSCluster cluster = cluster()) {
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

    /** The name node does not know how long the file is that the dead process wrote its metrics to. */
    @Test
    void aRunKilledBetweenTwoSavesKeepsItsMetrics() throws Exception {
        TinyRun tiny = new TinyRun(folder);
        tiny.train("local", TrainingOptions.NONE, SETS);
        try (MiniDFSCluster cluster = cluster()) {
            cluster.waitActive();
            LoadedConfig config = onHdfs(tiny, cluster.getURI() + "/runs/killed");
            Process child = dyingAfterStep(7, tiny, config.config().run().directory());
            assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(child.exitValue()).isEqualTo(Child.STATUS);
            try (TrainingRun second = open(config, OptionalLong.empty())) {
                assertThat(second.step()).isEqualTo(5);
                assertThat(second.train()).isEqualTo(ExitCode.OK);
            }
            assertThat(metrics(config.config().run().directory())).isEqualTo(tiny.metrics("local"));
        }
    }

    /** All data nodes die between two steps: the save that meets them fails, the next one stands for every line. */
    @Test
    void linesThatTheDataNodesLostAreWrittenAgain() throws Exception {
        TinyRun tiny = new TinyRun(folder);
        tiny.train("local", TrainingOptions.NONE, SETS);
        try (MiniDFSCluster cluster = cluster()) {
            cluster.waitActive();
            LoadedConfig config = onHdfs(tiny, cluster.getURI() + "/runs/outage");
            MiniDFSCluster.DataNodeProperties[] stopped = new MiniDFSCluster.DataNodeProperties[1];
            Surroundings surroundings = new Surroundings(
                    System::nanoTime,
                    line -> {},
                    step -> {
                        try {
                            if (step.step() == 3) {
                                stopped[0] = cluster.stopDataNode(0);
                            } else if (step.step() == 7) {
                                cluster.restartDataNode(stopped[0], true);
                                cluster.waitActive();
                            }
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    new StopRequest());
            try (TrainingRun run = TrainingRun.open(config, TrainingOptions.NONE, surroundings)) {
                assertThat(run.train()).isEqualTo(ExitCode.OK);
            }
            assertThat(metrics(config.config().run().directory())).isEqualTo(tiny.metrics("local"));
        }
    }

    private static Process dyingAfterStep(long step, TinyRun tiny, String directory) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        Long.toString(step),
                        tiny.configFile().toString(),
                        directory)
                .inheritIO()
                .start();
    }

    /** A process that is gone after a step, as if it had been killed. */
    static final class Child {
        static final int STATUS = 99;

        private Child() {}

        public static void main(String[] arguments) {
            long last = Long.parseLong(arguments[0]);
            List<String> sets = new ArrayList<>(List.of(SETS));
            sets.add("run.directory=" + arguments[2]);
            sets.add("run.save=sync");
            Surroundings surroundings = new Surroundings(
                    System::nanoTime,
                    line -> {},
                    step -> {
                        if (step.step() == last) {
                            Runtime.getRuntime().halt(STATUS);
                        }
                    },
                    new StopRequest());
            try (TrainingRun run =
                    TrainingRun.open(Configs.load(Path.of(arguments[1]), sets), TrainingOptions.NONE, surroundings)) {
                run.train();
            }
        }
    }

    /** A cluster of one data node, not yet awaited. */
    private MiniDFSCluster cluster() throws IOException {
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
        return new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
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
