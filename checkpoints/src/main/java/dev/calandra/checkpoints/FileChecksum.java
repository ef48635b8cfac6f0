package dev.calandra.checkpoints;

import dev.calandra.storage.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * CRC32C of a whole file. Large files are read by several threads, each taking the next piece: one thread can neither keep a disk busy nor copy
 * out of the page cache as fast as memory allows. The pieces' checksums are then put together, which no one can tell from one pass.
 */
final class FileChecksum {
    /** What a thread takes at a time; a file of no more is read by the caller alone. */
    private static final int PIECE_BYTES = 16 << 20;

    /** Read and added up while it is still in a core's own cache. */
    private static final int CHUNK_BYTES = 256 << 10;

    private static final int MOST_THREADS = 4;

    /** The polynomial of CRC32C (Castagnoli), as {@link CRC32C} has it: the coefficient of x⁰ is the highest bit. */
    private static final int POLYNOMIAL = 0x82F63B78;

    private static final int ONE = 0x80000000;
    private static final int BYTE_ON = 0x00800000;

    private final InputFile file;
    private final int pieceBytes;

    /** @param pieceBytes what a thread takes at a time */
    FileChecksum(InputFile file, int pieceBytes) {
        this.file = file;
        this.pieceBytes = pieceBytes;
    }

    /**
     * CRC32C of every byte of a file.
     *
     * @throws IOException when it cannot be read
     */
    static int of(InputFile file) throws IOException {
        int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
        return new FileChecksum(file, PIECE_BYTES).value(threads);
    }

    /** @param threads at most so many read at the same time */
    int value(int threads) throws IOException {
        int pieces = Math.toIntExact(Math.ceilDiv(file.length(), (long) pieceBytes));
        int[] checksums = new int[pieces];
        AtomicInteger next = new AtomicInteger();
        Callable<Void> reader = () -> {
            ByteBuffer chunk = ByteBuffer.allocateDirect((int) Math.min(CHUNK_BYTES, file.length()));
            for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
                checksums[piece] = piece(piece, chunk);
            }
            return null;
        };
        try {
            if (threads < 2 || pieces < 2) {
                reader.call();
            } else {
                inParallel(reader, Math.min(threads, pieces));
            }
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("reading throws nothing else", e);
        }
        return together(checksums);
    }

    private static void inParallel(Callable<Void> reader, int threads) throws IOException {
        List<Future<Void>> readers = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("checksum-", 0).factory())) {
            for (int i = 0; i < threads; i++) {
                readers.add(pool.submit(reader));
            }
        }
        for (Future<Void> done : readers) {
            try {
                done.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException failure) {
                    throw failure;
                }
                throw new IllegalStateException("reading failed: " + e.getCause(), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while a file was read", e);
            }
        }
    }

    private int piece(int piece, ByteBuffer chunk) throws IOException {
        CRC32C crc = new CRC32C();
        long end = Math.min(file.length(), (piece + 1L) * pieceBytes);
        for (long position = (long) piece * pieceBytes; position < end; position += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), end - position));
            file.readFully(position, chunk);
            crc.update(chunk.flip());
        }
        return (int) crc.getValue();
    }

    private int together(int[] checksums) {
        int all = 0;
        int pieceOn = power(pieceBytes);
        for (int piece = 0; piece < checksums.length; piece++) {
            long length = Math.min(pieceBytes, file.length() - (long) piece * pieceBytes);
            int on = length == pieceBytes ? pieceOn : power(length);
            all = product(on, all) ^ checksums[piece];
        }
        return all;
    }

    /** x to the power of 8n, which moves a checksum on by n bytes of zeros. */
    private static int power(long bytes) {
        int power = ONE;
        int square = BYTE_ON;
        for (long n = bytes; n > 0; n >>>= 1) {
            if ((n & 1) != 0) {
                power = product(square, power);
            }
            square = product(square, square);
        }
        return power;
    }

    /** Of two polynomials over GF(2), modulo the one of CRC32C. */
    private static int product(int a, int b) {
        int product = 0;
        int multiple = b;
        for (int left = a; left != 0; left <<= 1) {
            if (left < 0) {
                product ^= multiple;
            }
            multiple = (multiple & 1) != 0 ? (multiple >>> 1) ^ POLYNOMIAL : multiple >>> 1;
        }
        return product;
    }
}
