package dev.calandra.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files so large that they go to the disk while they are written. */
class LocalOutputTest {

    @TempDir
    Path folder;

    @Test
    void everyByteArrives() throws IOException {
        byte[] piece = new byte[25_000_000];
        new Random(1).nextBytes(piece);
        Path path = folder.resolve("large");
        try (OutputFile file =
                new LocalOutput(FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            for (int i = 0; i < 4; i++) {
                ByteBuffer source = ByteBuffer.wrap(piece);
                assertThat(file.write(source)).isEqualTo(piece.length);
                assertThat(source.hasRemaining()).isFalse();
            }
            file.sync();
        }
        ByteBuffer read = ByteBuffer.wrap(Files.readAllBytes(path));
        for (int i = 0; i < 4; i++) {
            assertThat(read.slice(i * piece.length, piece.length)).isEqualTo(ByteBuffer.wrap(piece));
        }
        assertThat(read.capacity()).isEqualTo(4 * piece.length);
    }

    /** The operating system reports a lost write to whoever asks first, and then never again. */
    @Test
    void aFailureWhileWritingIsHeardBySync() throws IOException {
        LosingChannel channel = new LosingChannel();
        try (OutputFile file = new LocalOutput(channel)) {
            file.write(ByteBuffer.allocate(40_000_000));
            assertThatThrownBy(file::sync).isInstanceOf(IOException.class).hasMessage("lost");
            assertThatThrownBy(file::sync).isInstanceOf(IOException.class).hasMessage("lost");
        }
        assertThat(channel.forced).isEqualTo(1);
    }

    /** Takes every byte, and loses what it has at the first force. */
    private static final class LosingChannel extends FileChannel {
        private int forced;

        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            source.position(source.limit());
            return count;
        }

        @Override
        public void force(boolean metaData) throws IOException {
            if (forced++ == 0) {
                throw new IOException("lost");
            }
        }

        @Override
        protected void implCloseChannel() {}

        @Override
        public int read(ByteBuffer target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long position() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel position(long newPosition) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long size() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel truncate(long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(ByteBuffer target, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer source, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}
