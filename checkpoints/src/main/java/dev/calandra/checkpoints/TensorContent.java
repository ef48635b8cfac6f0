package dev.calandra.checkpoints;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.function.Supplier;

/**
 * Writes the bytes of one tensor, row-major and little-endian, in as many pieces as it likes; tensors beyond 2 GiB need several. Called when
 * the file has come to this tensor, perhaps on another thread than the one that made it.
 */
@FunctionalInterface
public interface TensorContent {
    /** Writes all bytes to the channel, which takes each buffer whole. */
    void writeTo(WritableByteChannel channel) throws IOException;

    /** The bytes between a buffer's position and limit now; the buffer's own position is left alone. */
    static TensorContent of(ByteBuffer bytes) {
        ByteBuffer kept = bytes.slice();
        return channel -> channel.write(kept.duplicate());
    }

    /** Bytes made only when they are needed, so that one tensor at a time is in memory. */
    static TensorContent of(Supplier<ByteBuffer> bytes) {
        return channel -> channel.write(bytes.get().duplicate());
    }
}
