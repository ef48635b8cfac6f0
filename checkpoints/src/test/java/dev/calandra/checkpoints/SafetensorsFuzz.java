package dev.calandra.checkpoints;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Any bytes as a safetensors file. FuzzCorpusTest replays the corpus; {@code scripts/fuzz safetensors} looks for more. */
class SafetensorsFuzz {
    private final ParserTrial trial = new ParserTrial();

    /** @param bytes the file from its first byte */
    @FuzzTest
    void file(byte[] bytes) {
        trial.accepts(bytes.length, () -> readEverything(bytes));
    }

    /** @param bytes a header and the data behind it, whose length is put before them, so that few inputs stop at that */
    @FuzzTest
    void header(byte[] bytes) {
        int end = bytes.length;
        for (int i = 0; i < bytes.length; i++) {
            end = bytes[i] == '\n' ? i : end;
        }
        byte[] header = Arrays.copyOf(bytes, end);
        byte[] data = Arrays.copyOfRange(bytes, Math.min(bytes.length, end + 1), bytes.length);
        byte[] file = ByteBuffer.allocate(Long.BYTES + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data)
                .array();
        trial.accepts(file.length, () -> readEverything(file));
    }

    private static void readEverything(byte[] bytes) throws java.io.IOException {
        try (SafetensorsFile file = SafetensorsFile.open("fuzzed.safetensors", new ParserTrial.Bytes(bytes))) {
            long data = 0;
            for (TensorInfo tensor : file.tensors()) {
                data += file.read(tensor.name()).remaining();
            }
            if (data > bytes.length) {
                throw new AssertionError("tensors of " + data + " bytes in a file of " + bytes.length);
            }
        }
    }
}
