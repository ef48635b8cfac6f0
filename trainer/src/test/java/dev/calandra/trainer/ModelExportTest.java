package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ReleasedConfig.Weights;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.exchange.ModelExport;
import dev.calandra.trainer.exchange.ModelSource;
import dev.calandra.trainer.model.WeightReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelExportTest {

    @TempDir
    private Path folder;

    /** Weights, during the reading of which another export begins to write into the same folder. */
    private record Raced(WeightReader weights, Path other) implements WeightReader {
        @Override
        public String location() {
            return weights.location();
        }

        @Override
        public void read(String name, long first, float[] target, int count) {
            try {
                Files.writeString(other, "of the other export");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            weights.read(name, first, target, count);
        }
    }

    @Test
    void anExportThatMeetsAnotherLeavesItsFilesAlone() throws IOException {
        TinyRun tiny = new TinyRun(folder);
        tiny.train("run", TrainingOptions.NONE, "run.steps=10");
        Path target = Files.createDirectories(folder.resolve("release"));
        Path others = target.resolve("config.json");
        ModelExport export = new ModelExport(Weights.F32, 20_000, Optional.empty(), Map.of());
        try (StorageLocation from = Storages.open(tiny.directory("run").toString());
                StorageLocation to = Storages.open(target.toString());
                ModelSource model = ModelSource.open(from, OptionalLong.empty())) {
            assertThatThrownBy(() -> export.write(model, from, new Raced(model.weights(), others), to))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("something else writes there")
                    .hasMessageContaining(others.toString());
        }
        assertThat(target.toFile().list()).containsExactly("config.json");
        assertThat(others).hasContent("of the other export");
    }
}
