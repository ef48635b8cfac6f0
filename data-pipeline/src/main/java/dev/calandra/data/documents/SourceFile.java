package dev.calandra.data.documents;

import com.github.luben.zstd.ZstdInputStream;
import dev.calandra.configs.DataException;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;

/**
 * One file of an input, on any storage.
 *
 * @param storage where it is
 * @param location absolute
 * @param bytesRead counts what is read of it, as it is stored
 */
record SourceFile(Storage storage, String location, AtomicLong bytesRead) {
    private static final int BUFFER = 1 << 16;

    /** The name in lower case, without the ending of a compression. */
    static String plainName(String location) {
        String name = location.toLowerCase(Locale.ROOT);
        return name.endsWith(".gz") || name.endsWith(".zst") ? name.substring(0, name.lastIndexOf('.')) : name;
    }

    /** The last part of the location. */
    String name() {
        return location.substring(location.lastIndexOf('/') + 1);
    }

    /** The file for reads at any position. */
    InputFile open() throws IOException {
        return new CountedFile(storage.openFile(location), bytesRead);
    }

    /** The content from its beginning, decompressed when the name ends in {@code .gz} or {@code .zst}. */
    InputStream stream() throws IOException {
        InputStream raw = new SequentialStream(open());
        try {
            if (location.endsWith(".gz")) {
                return new GZIPInputStream(raw, BUFFER);
            }
            return location.endsWith(".zst") ? new ZstdInputStream(raw) : raw;
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    /** The error for content that cannot be read as what the name says. */
    DataException damaged(long position, Exception cause) {
        return new DataException(
                "%s:%d: the file is damaged or cut short (%s); restore it"
                        .formatted(location, position, firstLine(cause)),
                cause);
    }

    private static String firstLine(Exception cause) {
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return message.lines().findFirst().orElse("");
    }
}
