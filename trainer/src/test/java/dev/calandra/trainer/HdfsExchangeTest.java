package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.Configs;
import dev.calandra.configs.ReleasedConfig.Weights;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.exchange.CheckpointMerge;
import dev.calandra.trainer.exchange.MergeDecay;
import dev.calandra.trainer.exchange.ModelExport;
import dev.calandra.trainer.exchange.ModelSource;
import dev.calandra.trainer.exchange.RunImport;
import dev.calandra.trainer.exchange.TensorDifference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights that go to HDFS and come back: merged, imported, exported. */
@Tag("long")
class HdfsExchangeTest {

    private static final ModelExport F32 = new ModelExport(Weights.F32, 100_000, Optional.empty(), Map.of());

    @TempDir
    private Path folder;

    @Test
    void everyStepOfTheWayMayLieOnHdfs() throws IOException {
        TinyRun tiny = new TinyRun(folder);
        tiny.train("local", TrainingOptions.NONE, "run.steps=10", "run.save_every=5");
        Configuration configuration = new HdfsConfiguration();
        configuration.set(
                MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("hdfs").toString());
        try (MiniDFSCluster cluster =
                new MiniDFSCluster.Builder(configuration).numDataNodes(1).build()) {
            cluster.waitActive();
            String merged = cluster.getURI() + "/merged";
            String run = cluster.getURI() + "/runs/continued";
            String local = folder.resolve("back").toString();

            merge(tiny.directory("local").toString(), merged);
            try (StorageLocation place = Storages.open(merged);
                    ModelSource model = ModelSource.open(place, OptionalLong.empty())) {
                RunImport.run(model, Configs.load(tiny.configFile(), List.of("run.directory=" + run)));
            }
            export(run, local);

            assertIdentical(merged, local);
        }
    }

    private static void merge(String run, String target) throws IOException {
        List<Long> steps = List.of(5L, 10L);
        try (StorageLocation from = Storages.open(run);
                StorageLocation to = Storages.open(target)) {
            new CheckpointMerge(steps, MergeDecay.MEAN.weights(steps, 0), "mean").write(from, F32, to);
        }
    }

    private static void export(String run, String target) throws IOException {
        try (StorageLocation from = Storages.open(run);
                StorageLocation to = Storages.open(target);
                ModelSource model = ModelSource.open(from, OptionalLong.of(0))) {
            F32.write(model, from, model.weights(), to);
        }
    }

    private static void assertIdentical(String first, String second) throws IOException {
        try (StorageLocation a = Storages.open(first);
                StorageLocation b = Storages.open(second);
                TensorReader before = TensorReader.open(a.storage(), a.location());
                TensorReader after = TensorReader.open(b.storage(), b.location())) {
            assertThat(after.tensors()).isEqualTo(before.tensors()).isNotEmpty();
            assertThat(before.tensors())
                    .allMatch(tensor ->
                            TensorDifference.of(before, after, tensor.name()).kind()
                                    == TensorDifference.Kind.IDENTICAL);
        }
    }
}
