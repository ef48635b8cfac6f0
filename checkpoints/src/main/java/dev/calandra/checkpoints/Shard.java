package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;

/**
 * One file of a checkpoint as its manifest knows it.
 *
 * @param name its name in the step folder
 * @param length bytes
 * @param crc32c CRC32C (Castagnoli) of all its bytes
 */
public record Shard(FileName name, long length, int crc32c) {
    /** @throws IllegalArgumentException for a negative length */
    public Shard {
        if (length < 0) {
            throw new IllegalArgumentException("shard " + name + " has the length " + length);
        }
    }

    /** The checksum as the manifest and messages write it. */
    static String hex(int crc32c) {
        return String.format("%08x", crc32c);
    }
}
