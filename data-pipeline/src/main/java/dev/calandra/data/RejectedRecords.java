package dev.calandra.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts bad records, keeps an even sample of them, and ends the job when they are too many. */
final class RejectedRecords {
    private static final Logger LOG = LoggerFactory.getLogger(RejectedRecords.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int WARNINGS = 10;
    private static final int SAMPLE = 1000;

    /** Early failure needs this many records, so that one bad line at the top of a file does not end the job. */
    private static final long RECORDS_BEFORE_JUDGEMENT = 10_000;

    private final String source;
    private final double maxShare;
    private final List<Rejection> sample = new ArrayList<>();
    private final Random random = new Random(0);
    private long count;

    private record Rejection(long number, String file, long position, String reason) {
        @Override
        public String toString() {
            return file + ":" + position + ": " + reason;
        }
    }

    RejectedRecords(String source, double maxShare) {
        this.source = source;
        this.maxShare = maxShare;
    }

    /** @param accepted records that were good so far */
    void add(String file, long position, String reason, long accepted) {
        Rejection rejection = new Rejection(count++, file, position, reason);
        if (count <= WARNINGS) {
            LOG.warn("{}; record skipped{}", rejection, count == WARNINGS ? " (no more are shown)" : "");
        }
        if (sample.size() < SAMPLE) {
            sample.add(rejection);
        } else {
            // Every record has the same chance to be in the sample; the first stays, because messages name it.
            long place = random.nextLong(count);
            if (place > 0 && place < SAMPLE) {
                sample.set((int) place, rejection);
            }
        }
        if (accepted + count >= RECORDS_BEFORE_JUDGEMENT) {
            requireFew(accepted);
        }
    }

    long count() {
        return count;
    }

    /** The first one for a message, or nothing. */
    String first() {
        return sample.isEmpty() ? "" : ", the first at " + sample.getFirst();
    }

    /** @throws DataException when too large a share of the records is bad */
    void requireFew(long accepted) {
        long records = accepted + count;
        if (count > maxShare * records) {
            throw new DataException(
                    "source '%s': %d of %d records are bad, more than the %s allowed; the first: %s; repair them or raise the allowed share"
                            .formatted(source, count, records, maxShare, sample.getFirst()));
        }
    }

    /** The sample as JSON lines: {@code file}, {@code position}, {@code reason}. */
    byte[] toJsonLines() throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        sample.sort(Comparator.comparingLong(Rejection::number));
        for (Rejection rejection : sample) {
            lines.writeBytes(JSON.writeValueAsBytes(JSON.createObjectNode()
                    .put("file", rejection.file())
                    .put("position", rejection.position())
                    .put("reason", rejection.reason())));
            lines.write('\n');
        }
        return lines.toByteArray();
    }
}
