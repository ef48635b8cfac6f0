package dev.calandra.data;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.shards.Fingerprint;
import dev.calandra.data.shards.ShardWriter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Documents in, shards out. The reading thread collects documents into groups of some 64,000 characters, workers tokenize whole
 * groups, and the reading thread writes the groups in their order; when too many are under way it waits for the oldest, which bounds the
 * memory.
 */
final class TokenizePipeline implements DocumentSource.Sink, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TokenizePipeline.class);
    private static final int GROUP_CHARACTERS = 1 << 16;
    private static final int GROUPS_PER_THREAD = 8;
    private static final int WARNINGS = 10;

    /** Early failure needs this many records, so that one bad line at the top of a file does not end the job. */
    private static final long RECORDS_BEFORE_JUDGEMENT = 10_000;

    private final Tokenizer tokenizer;
    private final int[] byteLengths;
    private final TokenizeOptions options;
    private final ShardWriter train;
    private final ShardWriter validation;
    private final Consumer<TokenizeProgress> listener;
    private final ExecutorService workers;
    private final Deque<Group> underWay = new ArrayDeque<>();
    private final long start = System.nanoTime();
    private List<Document> collecting = new ArrayList<>();
    private int collectedCharacters;
    private long accepted;
    private long rejected;
    private String firstRejection;
    private long documents;
    private long trainDocuments;
    private long tokens;
    private long textBytes;

    /** Documents and their tokens to come. */
    private record Group(List<Document> documents, Future<List<EncodedDocument>> encoded) {}

    TokenizePipeline(
            Tokenizer tokenizer,
            TokenizeOptions options,
            ShardWriter train,
            ShardWriter validation,
            Consumer<TokenizeProgress> listener) {
        this.tokenizer = tokenizer;
        this.byteLengths = tokenizer.isByteLevel() ? tokenizer.byteLengths() : null;
        this.options = options;
        this.train = train;
        this.validation = validation;
        this.listener = listener;
        this.workers = Executors.newFixedThreadPool(
                options.threads(),
                Thread.ofPlatform().name("tokenize-", 0).daemon().factory());
    }

    @Override
    public boolean accept(Document document) throws IOException {
        accepted++;
        collecting.add(document);
        collectedCharacters += document.text().length();
        if (collectedCharacters >= GROUP_CHARACTERS) {
            submit();
            while (underWay.size() > GROUPS_PER_THREAD * options.threads()) {
                writeOldest();
            }
        }
        return true;
    }

    @Override
    public void reject(String place, String reason) {
        rejected++;
        if (firstRejection == null) {
            firstRejection = place + ": " + reason;
        }
        if (rejected <= WARNINGS) {
            LOG.warn("{}: {}; record skipped{}", place, reason, rejected == WARNINGS ? " (no more are shown)" : "");
        }
        if (accepted + rejected >= RECORDS_BEFORE_JUDGEMENT) {
            requireFewRejected();
        }
    }

    /**
     * Writes what is under way.
     *
     * @throws DataException when too many records were bad, or no document is left to train on
     */
    TokenizeProgress finish() throws IOException {
        submit();
        while (!underWay.isEmpty()) {
            writeOldest();
        }
        requireFewRejected();
        if (trainDocuments == 0) {
            throw new DataException("source '%s': no document to train on (%d read, %d held out, %d rejected%s)"
                    .formatted(
                            options.source(),
                            accepted,
                            documents,
                            rejected,
                            firstRejection == null ? "" : ", the first at " + firstRejection));
        }
        return progress();
    }

    /** Stops the workers and waits for them, so that the tokenizer may be closed afterwards. */
    @Override
    public void close() {
        workers.shutdownNow();
        workers.close();
    }

    private void submit() {
        List<Document> group = collecting;
        underWay.add(new Group(
                group,
                workers.submit(() -> group.stream()
                        .map(document -> EncodedDocument.of(document, tokenizer, byteLengths))
                        .toList())));
        collecting = new ArrayList<>();
        collectedCharacters = 0;
    }

    private void writeOldest() throws IOException {
        Group group = underWay.remove();
        List<EncodedDocument> encoded = await(group.encoded());
        for (int i = 0; i < encoded.size(); i++) {
            EncodedDocument document = encoded.get(i);
            long id = Fingerprint.first64(group.documents().get(i).id());
            boolean heldOut = isHeldOut(id);
            (heldOut ? validation : train).add(document.tokens(), document.lossStart(), id, document.textBytes());
            documents++;
            trainDocuments += heldOut ? 0 : 1;
            tokens += document.tokens().length;
            textBytes += document.textBytes();
        }
        listener.accept(progress());
    }

    /** The hash as a fraction of 2^64, read unsigned: a document's part does not depend on any other document. */
    private boolean isHeldOut(long idHash) {
        return (idHash >>> 11) * 0x1.0p-53 < options.validationShare();
    }

    private List<EncodedDocument> await(Future<List<EncodedDocument>> encoded) throws IOException {
        try {
            return encoded.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("tokenizing failed: " + e.getCause(), e.getCause());
        }
    }

    private void requireFewRejected() {
        long records = accepted + rejected;
        if (rejected > options.maxRejectedShare() * records) {
            throw new DataException(
                    "source '%s': %d of %d records are bad, more than the %s allowed; the first: %s; repair them or raise the allowed share"
                            .formatted(
                                    options.source(), rejected, records, options.maxRejectedShare(), firstRejection));
        }
    }

    private TokenizeProgress progress() {
        return new TokenizeProgress(documents, rejected, tokens, textBytes, (System.nanoTime() - start) * 1e-9);
    }
}
