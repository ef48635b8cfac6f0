package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.SafetensorsWriter;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TensorSnapshotTest {

    private static final long SEED = 11;

    private static byte[] written(List<TensorSource> sources) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        SafetensorsWriter.write(Channels.newChannel(bytes), sources, Map.of());
        return bytes.toByteArray();
    }

    private static List<SavedTensor> tensors(TensorMemory memory, Random random) {
        List<SavedTensor> tensors = new ArrayList<>();
        for (int[] shape : new int[][] {{1, 1}, {7, 129}, {3000, 700}, {1, 0}}) {
            Tensor tensor = memory.allocate(DType.F32, shape);
            for (long i = 0; i < tensor.size(); i++) {
                tensor.setFloat(i, random.nextFloat());
            }
            tensors.add(SavedTensor.whole("t" + tensors.size(), SavedTensor.extents(shape), tensor));
        }
        return tensors;
    }

    @Test
    void whatIsWrittenIsWhatWasThereWhenItWasTaken() throws IOException {
        try (TensorMemory memory = new TensorMemory()) {
            Random random = new Random(SEED);
            List<SavedTensor> originals = tensors(memory, random);
            try (TensorSnapshot snapshot = new TensorSnapshot(originals, memory)) {
                long allocated = memory.liveBytes();
                for (int round = 0; round < 3; round++) {
                    byte[] then =
                            written(originals.stream().map(SavedTensor::source).toList());
                    snapshot.take();
                    for (SavedTensor tensor : originals) {
                        float[] noise = new float[(int) tensor.rowsRC().size()];
                        Arrays.fill(noise, random.nextFloat());
                        tensor.rowsRC().copyFrom(noise);
                    }
                    assertThat(written(snapshot.sources()))
                            .as("seed %d, round %d", SEED, round)
                            .isEqualTo(then);
                }
                assertThat(memory.liveBytes()).as("allocated once").isEqualTo(allocated);
            }
            originals.forEach(tensor -> tensor.rowsRC().close());
            assertThat(memory.liveBytes()).isZero();
        }
    }
}
