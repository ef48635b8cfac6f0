package dev.calandra.data.shards;

import dev.calandra.configs.DataException;
import dev.calandra.storage.FileName;
import java.util.Locale;

/**
 * One shard, as the manifest knows it.
 *
 * @param file its name in the manifest's folder
 * @param documents rows
 * @param tokens tokens of all rows, end-of-text tokens included
 * @param bytes length of the file
 * @param crc32c CRC-32C of the whole file
 * @param frameCrc32c CRC-32C of what lies outside the record batches, one after the other: the bytes before the first and those after the last
 */
public record ShardEntry(String file, long documents, long tokens, long bytes, int crc32c, int frameCrc32c) {

    /** @throws IllegalArgumentException when a count is negative, or the name could leave its folder */
    public ShardEntry {
        file = new FileName(file).value();
        if (documents < 0 || tokens < 0 || bytes < 0) {
            throw new IllegalArgumentException("shard %s: negative count (documents %d, tokens %d, bytes %d)"
                    .formatted(file, documents, tokens, bytes));
        }
    }

    /**
     * Refuses a file of another length.
     *
     * @param location of the file, for the message
     * @throws DataException naming both lengths
     */
    public void requireLength(String location, long length) {
        if (length != bytes) {
            throw new DataException(
                    "%s: has %d bytes, the manifest says %d: the file is %s; restore it or tokenize the corpus again"
                            .formatted(location, length, bytes, length < bytes ? "truncated" : "another one"));
        }
    }

    /** The checksum as the manifest writes it: eight hexadecimal digits. */
    String crc32cHex() {
        return String.format(Locale.ROOT, "%08x", crc32c);
    }

    /** The frame's checksum as the manifest writes it. */
    String frameCrc32cHex() {
        return String.format(Locale.ROOT, "%08x", frameCrc32c);
    }
}
