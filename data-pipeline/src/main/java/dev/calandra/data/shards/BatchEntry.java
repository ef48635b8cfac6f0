package dev.calandra.data.shards;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * One record batch, as the footer of its shard knows it. The footer keeps the list under {@link #KEY} in its own metadata, one entry for each
 * record batch in order, {@code documents,tokens,crc32c} in decimal, decimal and eight hexadecimal digits, with a semicolon between entries:
 * a reader that has checked the footer can find any token, and check its record batch alone.
 *
 * @param documents rows
 * @param tokens tokens of all rows, end-of-text tokens included
 * @param crc32c CRC-32C of the record batch in the file, from the first byte of its header to the last of its body, padding included
 */
record BatchEntry(int documents, int tokens, int crc32c) {
    /** Key in the footer's metadata. */
    static final String KEY = "calandra.batches";

    /** @throws IllegalArgumentException when a record batch has no document, or a document no token */
    BatchEntry {
        if (documents < 1 || tokens < documents) {
            throw new IllegalArgumentException(
                    "a record batch of %d documents and %d tokens".formatted(documents, tokens));
        }
    }

    static String format(List<BatchEntry> entries) {
        return entries.stream()
                .map(entry -> String.format(Locale.ROOT, "%d,%d,%08x", entry.documents, entry.tokens, entry.crc32c))
                .collect(Collectors.joining(";"));
    }

    /** @throws IllegalArgumentException when the text is not a list of entries */
    static List<BatchEntry> parse(String text) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(";", -1)).map(BatchEntry::parseOne).toList();
    }

    private static BatchEntry parseOne(String text) {
        String[] fields = text.split(",", -1);
        if (fields.length != 3 || fields[2].length() != 8) {
            throw new IllegalArgumentException("'" + text + "' is not documents,tokens,crc32c");
        }
        return new BatchEntry(
                Integer.parseInt(fields[0]), Integer.parseInt(fields[1]), HexFormat.fromHexDigits(fields[2]));
    }
}
