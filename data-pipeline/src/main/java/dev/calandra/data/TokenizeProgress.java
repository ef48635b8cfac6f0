package dev.calandra.data;

import java.util.Locale;

/**
 * What a tokenizing job has done so far, or in all.
 *
 * @param documents written
 * @param rejected bad records
 * @param tokens written, end-of-text tokens included
 * @param textBytes bytes of UTF-8 text tokenized
 * @param seconds since the start
 */
public record TokenizeProgress(long documents, long rejected, long tokens, long textBytes, double seconds) {

    /** Text per second, in MB (10^6 bytes). */
    public double megabytesPerSecond() {
        return seconds > 0 ? textBytes / 1e6 / seconds : 0;
    }

    /** Bytes of text for one token: how well the tokenizer fits the corpus. */
    public double bytesPerToken() {
        return tokens > 0 ? (double) textBytes / tokens : 0;
    }

    /** One line for people. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%,d documents  %.1f MB  %,d tokens (%.2f bytes/token)  %.1f MB/s%s",
                documents,
                textBytes / 1e6,
                tokens,
                bytesPerToken(),
                megabytesPerSecond(),
                rejected > 0 ? String.format(Locale.ROOT, "  %,d rejected", rejected) : "");
    }
}
