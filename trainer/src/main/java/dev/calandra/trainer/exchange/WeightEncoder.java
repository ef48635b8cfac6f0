package dev.calandra.trainer.exchange;

import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.TensorContent;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.ReleasedConfig;
import dev.calandra.trainer.model.PublishedTensor;
import dev.calandra.trainer.model.StoredWeights;
import dev.calandra.trainer.model.WeightReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/**
 * Turns a model's numbers into the bytes of a release, strip by strip.
 *
 * @param weights type of the release
 * @param reader the numbers
 */
record WeightEncoder(ReleasedConfig.Weights weights, WeightReader reader) {

    private static final int STRIP_ELEMENTS = 1 << 20;

    /** The files' tensors for one published tensor: itself, and its scales where it is in FP8. */
    List<TensorSource> encode(PublishedTensor tensor) {
        if (tensor.role() == PublishedTensor.Role.EXPERT_BIAS || weights == ReleasedConfig.Weights.F32) {
            return List.of(new TensorSource(tensor.name(), DType.F32, tensor.shape(), f32(tensor)));
        }
        if (weights == ReleasedConfig.Weights.FP8 && tensor.role() == PublishedTensor.Role.LINEAR) {
            List<Long> blocks =
                    tensor.shape().stream().map(StoredWeights::blocks).toList();
            return List.of(
                    new TensorSource(tensor.name(), DType.F8_E4M3, tensor.shape(), blocks(tensor, Fp8Strip::codes)),
                    new TensorSource(
                            tensor.name() + StoredWeights.SCALE_SUFFIX,
                            DType.F32,
                            blocks,
                            blocks(tensor, Fp8Strip::scales)));
        }
        return List.of(new TensorSource(tensor.name(), DType.BF16, tensor.shape(), bf16(tensor)));
    }

    /** Every value as it is. */
    TensorContent f32(PublishedTensor tensor) {
        return strips(tensor, STRIP_ELEMENTS, (values, count) -> {
            ByteBuffer bytes = buffer(count * Float.BYTES);
            bytes.asFloatBuffer().put(values, 0, count);
            return bytes;
        });
    }

    private TensorContent bf16(PublishedTensor tensor) {
        return strips(tensor, STRIP_ELEMENTS, (values, count) -> {
            ByteBuffer bytes = buffer(count * Short.BYTES);
            for (int i = 0; i < count; i++) {
                bytes.putShort(bf16(values[i]));
            }
            return bytes.flip();
        });
    }

    /** To nearest, ties to even; NaN stays one. */
    static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    @FunctionalInterface
    private interface BlockPart {
        ByteBuffer of(Fp8Strip strip);
    }

    private TensorContent blocks(PublishedTensor tensor, BlockPart part) {
        int columns = Math.toIntExact(tensor.shape().get(1));
        return strips(
                tensor,
                Math.multiplyExact(StoredWeights.BLOCK, columns),
                (values, count) -> part.of(Fp8Strip.encode(values, count / columns, columns)));
    }

    @FunctionalInterface
    private interface Strip {
        ByteBuffer encode(float[] values, int count);
    }

    private TensorContent strips(PublishedTensor tensor, int stripElements, Strip strip) {
        long elements = tensor.shape().stream().reduce(1L, Math::multiplyExact);
        return (WritableByteChannel channel) -> write(channel, tensor.name(), elements, stripElements, strip);
    }

    private void write(WritableByteChannel channel, String name, long elements, int stripElements, Strip strip)
            throws IOException {
        float[] values = new float[(int) Math.min(elements, stripElements)];
        for (long first = 0; first < elements; first += stripElements) {
            int count = (int) Math.min(stripElements, elements - first);
            reader.read(name, first, values, count);
            channel.write(strip.encode(values, count));
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
