package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.storage.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileChecksumTest {
    private static final long SEED = 11;

    private record Bytes(byte[] bytes) implements InputFile {
        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public void readFully(long position, ByteBuffer target) {
            target.put(bytes, (int) position, target.remaining());
        }

        @Override
        public void close() {}
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(SEED + length).nextBytes(bytes);
        return bytes;
    }

    private static int inOnePass(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 63, 64, 65, 128, 129, 6400, 6401, 700_001})
    void piecesPutTogetherAreOnePass(int length) throws IOException {
        byte[] bytes = random(length);
        for (int piece : new int[] {64, 1000, 1 << 20}) {
            for (int threads : new int[] {1, 2, 4}) {
                assertThat(new FileChecksum(new Bytes(bytes), piece).value(threads))
                        .as("seed %d, %d bytes in pieces of %d by %d threads", SEED, length, piece, threads)
                        .isEqualTo(inOnePass(bytes));
            }
        }
    }

    @Test
    void everyFlippedBitShowsInWhicheverPiece() throws IOException {
        byte[] bytes = random(257);
        int whole = inOnePass(bytes);
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(new FileChecksum(new Bytes(bytes), 64).value(2)).isNotEqualTo(whole);
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void aPieceThatCannotBeReadIsTheFilesFailure() {
        InputFile failing = new InputFile() {
            @Override
            public long length() {
                return 1000;
            }

            @Override
            public void readFully(long position, ByteBuffer target) throws IOException {
                if (position >= 512) {
                    throw new EOFException("gone");
                }
                target.position(target.limit());
            }

            @Override
            public void close() {}
        };

        assertThatThrownBy(() -> new FileChecksum(failing, 64).value(2))
                .isInstanceOf(EOFException.class)
                .hasMessage("gone");
        assertThatThrownBy(() -> new FileChecksum(failing, 64).value(1)).isInstanceOf(EOFException.class);
    }
}
