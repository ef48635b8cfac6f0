package dev.calandra.data;

import java.util.Locale;

/**
 * What a tokenizing job has done so far, or in all.
 *
 * @param documents written, by this job or by an interrupted one before it
 * @param dropped by quality steps
 * @param rejected bad records
 * @param tokens written, end-of-text tokens included
 * @param textBytes bytes of UTF-8 text of the documents
 * @param seconds since the start
 * @param share of the input that has been read, 0 to 1; NaN where the input cannot tell
 */
public record TokenizeProgress(
        long documents, long dropped, long rejected, long tokens, long textBytes, double seconds, double share) {

    /** Text per second, in MB (10^6 bytes). */
    public double megabytesPerSecond() {
        return seconds > 0 ? textBytes / 1e6 / seconds : 0;
    }

    /** Bytes of text for one token: how well the tokenizer fits the corpus. */
    public double bytesPerToken() {
        return tokens > 0 ? (double) textBytes / tokens : 0;
    }

    /** Seconds to the end at the pace so far; NaN where it is not known. */
    public double secondsLeft() {
        return share > 0 ? seconds * (1 - share) / share : Double.NaN;
    }

    /** One line for people. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%,d documents  %.1f MB  %,d tokens (%.2f bytes/token)  %.1f MB/s%s%s",
                documents,
                textBytes / 1e6,
                tokens,
                bytesPerToken(),
                megabytesPerSecond(),
                dropped > 0 ? String.format(Locale.ROOT, "  %,d dropped", dropped) : "",
                rejected > 0 ? String.format(Locale.ROOT, "  %,d rejected", rejected) : "");
    }
}
