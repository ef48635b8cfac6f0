package dev.calandra.trainer.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.HuggingFaceFolder;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.Recipe;
import dev.calandra.configs.ReleasedConfig;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.exchange.ModelExport;
import dev.calandra.trainer.exchange.ModelSource;
import dev.calandra.trainer.model.StoredWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The published code's own model, exported again. */
class ExportedGoldenTest {

    @TempDir
    Path folder;

    private Path golden;

    @BeforeEach
    void unpack() throws IOException {
        golden = Files.createDirectory(folder.resolve("golden"));
        GoldenFolder.lingTiny(golden);
    }

    private Path exported(ReleasedConfig.Weights weights) throws IOException {
        Path target = folder.resolve(weights.name());
        try (StorageLocation place = Storages.open(golden.toString());
                StorageLocation out = Storages.open(target.toString());
                ModelSource model = ModelSource.open(place, OptionalLong.empty())) {
            new ModelExport(weights, 50_000, Optional.empty(), Map.of()).write(model, place, model.weights(), out);
        }
        return target;
    }

    @Test
    void everyTensorIsTheSameBytes() throws IOException {
        try (HuggingFaceFolder before = HuggingFaceFolder.open(golden);
                HuggingFaceFolder after = HuggingFaceFolder.open(exported(ReleasedConfig.Weights.F32))) {
            assertThat(after.tensors()).isEqualTo(before.tensors());
            for (TensorInfo tensor : before.tensors()) {
                assertThat(after.read(tensor.name())).as(tensor.name()).isEqualTo(before.read(tensor.name()));
            }
        }
    }

    @Test
    void theExportedModelGivesThePublishedNumbers() throws IOException {
        try (CpuKernels kernels = new CpuKernels(1);
                TensorMemory memory = new TensorMemory()) {
            ParityReport report = ParityCheck.run(
                    exported(ReleasedConfig.Weights.F32),
                    golden.resolve("expected.safetensors"),
                    Recipe.FP32,
                    kernels,
                    memory);
            assertThat(report.passed()).as(report.table()).isTrue();
        }
    }

    @Test
    void tensorsThatAreNotTheConfigsAreAllNamed() throws IOException {
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.copy(golden.resolve("config.json"), other.resolve("config.json"));
        GoldenFolder.rewrite(
                golden.resolve("model.safetensors"),
                other.resolve("model.safetensors"),
                (name, values) -> name.equals("lm_head.weight") ? "lm_head.wait" : name);
        try (StorageLocation place = Storages.open(other.toString())) {
            assertThatThrownBy(() -> ModelSource.open(place, OptionalLong.empty()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage(other + ": its tensors are not those of its config: missing lm_head.weight [96, 64];"
                            + " unknown lm_head.wait; use the config that was saved with these weights");
        }
    }

    @Test
    void codesWithoutScalesAreRefused() throws IOException {
        Path fp8 = exported(ReleasedConfig.Weights.FP8);
        try (HuggingFaceFolder tensors = HuggingFaceFolder.open(fp8)) {
            assertThat(tensors.tensor("model.layers.0.attention.dense.weight_scale_inv")
                            .shape())
                    .containsExactly(1L, 1L);
        }
        String index = Files.readString(fp8.resolve("model.safetensors.index.json"));
        Files.writeString(
                fp8.resolve("model.safetensors.index.json"),
                index.replaceFirst("(?m)^.*layers.0.attention.dense.weight_scale_inv.*\\R", ""));
        String problem =
                "model.layers.0.attention.dense.weight is F8_E4M3[64, 64] and needs scales for blocks of 128 by 128:"
                        + " model.layers.0.attention.dense.weight_scale_inv of shape [1, 1] is missing";
        try (StorageLocation place = Storages.open(fp8.toString());
                HuggingFaceFolder tensors = HuggingFaceFolder.open(fp8)) {
            assertThatThrownBy(() -> ModelSource.open(place, OptionalLong.empty()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(problem);
            assertThatThrownBy(() -> new StoredWeights(tensors)
                            .read("model.layers.0.attention.dense.weight", 0, new float[1], 1))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage(fp8 + ": " + problem);
        }
    }
}
