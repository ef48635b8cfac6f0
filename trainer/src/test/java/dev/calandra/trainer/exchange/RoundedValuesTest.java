package dev.calandra.trainer.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.SafetensorsFile;
import dev.calandra.checkpoints.SafetensorsWriter;
import dev.calandra.checkpoints.TensorContent;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundedValuesTest {

    @TempDir
    private Path folder;

    private static TensorSource doubles(String name, double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return new TensorSource(name, DType.F64, List.of((long) values.length), TensorContent.of(bytes));
    }

    private long count(TensorSource... tensors) throws IOException {
        Path file = folder.resolve("weights.safetensors");
        SafetensorsWriter.write(new LocalStorage(), file.toString(), List.of(tensors), Map.of());
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            return RoundedValues.count(read, read.tensors());
        }
    }

    @Test
    void onlyValuesThatF32CannotHoldAreCounted() throws IOException {
        double[] many = new double[300_000];
        many[0] = 0.1;
        many[299_999] = 1 + 0x1p-30;
        assertThat(count(
                        doubles("many", many),
                        doubles("exact", 0.5, -0.0, 3e38f, Double.NaN, Double.NEGATIVE_INFINITY),
                        doubles("few", 0.1, 1e-300, 2),
                        TensorSource.ofFloats("float", List.of(1L), 0.1f)))
                .isEqualTo(4);
    }

    @Test
    void aValueBeyondF32IsRefused() {
        assertThatThrownBy(() -> count(doubles("wild", 1, 1e39)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tensor wild holds 1.0E39");
    }
}
