package dev.calandra.data;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.documents.SourceDocument;
import dev.calandra.data.quality.Drop;
import dev.calandra.data.quality.QualityFilter;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Documents in, shards out. The reading thread collects documents into groups of some 64 KiB, workers prepare whole groups, and the
 * reading thread decides about their documents and writes them in their order; when too many bytes are under way it waits for the oldest
 * group, which bounds the memory.
 */
final class TokenizePipeline implements DocumentSource.Sink, AutoCloseable {
    private static final int GROUP_BYTES = 1 << 16;
    private static final int GROUPS_PER_THREAD = 8;

    private final TokenizeOptions options;
    private final QualityFilter filter;
    private final SplitOutput train;
    private final SplitOutput validation;
    private final DocumentPreparer preparer;
    private final RejectedRecords rejected;
    private final DropReport dropped = new DropReport();
    private final Supplier<OptionalDouble> shareRead;
    private final Consumer<TokenizeProgress> listener;
    private final ExecutorService workers;
    private final Deque<Group> underWay = new ArrayDeque<>();
    private final long start = System.nanoTime();
    private List<SourceDocument> collecting = new ArrayList<>();
    private long collectedBytes;
    private long bytesUnderWay;
    private long accepted;
    private long trainDocuments;
    private long validationDocuments;
    private long tokens;
    private long textBytes;

    /** Documents under preparation. */
    private record Group(long bytes, Future<List<PreparedDocument>> prepared) {}

    TokenizePipeline(
            Tokenizer tokenizer,
            TokenizeOptions options,
            QualityFilter filter,
            SplitOutput train,
            SplitOutput validation,
            Supplier<OptionalDouble> shareRead,
            Consumer<TokenizeProgress> listener) {
        this.options = options;
        this.filter = filter;
        this.train = train;
        this.validation = validation;
        this.shareRead = shareRead;
        this.listener = listener;
        this.preparer = new DocumentPreparer(
                tokenizer,
                filter,
                options.validationShare(),
                train.lastFinishedNumber(),
                validation.lastFinishedNumber());
        this.rejected = new RejectedRecords(options.source(), options.maxRejectedShare());
        this.tokens = train.finishedTokens() + validation.finishedTokens();
        this.workers = Executors.newFixedThreadPool(
                options.threads(),
                Thread.ofPlatform().name("tokenize-", 0).daemon().factory());
    }

    @Override
    public boolean accept(SourceDocument document) throws IOException {
        accepted++;
        collecting.add(document);
        collectedBytes += document.bytes();
        if (collectedBytes >= GROUP_BYTES) {
            submit();
            while (bytesUnderWay > (long) GROUP_BYTES * GROUPS_PER_THREAD * options.threads()) {
                writeOldest();
            }
        }
        return true;
    }

    @Override
    public void reject(String file, long position, String reason) {
        rejected.add(file, position, reason, accepted);
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
        rejected.requireFew(accepted);
        if (trainDocuments == 0) {
            throw new DataException(
                    "source '%s': no document to train on (%d read, %d held out, %d dropped, %d rejected%s)"
                            .formatted(
                                    options.source(),
                                    accepted,
                                    validationDocuments,
                                    dropped.documents(),
                                    rejected.count(),
                                    rejected.first()));
        }
        return progress();
    }

    RejectedRecords rejected() {
        return rejected;
    }

    DropReport dropped() {
        return dropped;
    }

    long trainDocuments() {
        return trainDocuments;
    }

    long validationDocuments() {
        return validationDocuments;
    }

    /** Stops the workers and waits for them, so that the tokenizer may be closed afterwards. */
    @Override
    public void close() {
        workers.shutdownNow();
        workers.close();
    }

    private void submit() {
        List<SourceDocument> group = collecting;
        long first = accepted - group.size();
        underWay.add(new Group(collectedBytes, workers.submit(() -> {
            List<PreparedDocument> prepared = new ArrayList<>(group.size());
            for (int i = 0; i < group.size(); i++) {
                prepared.add(preparer.prepare(first + i, group.get(i)));
            }
            return prepared;
        })));
        bytesUnderWay += collectedBytes;
        collecting = new ArrayList<>();
        collectedBytes = 0;
    }

    private void writeOldest() throws IOException {
        Group group = underWay.remove();
        bytesUnderWay -= group.bytes();
        for (PreparedDocument document : await(group.prepared())) {
            take(document);
        }
        listener.accept(progress());
    }

    private void take(PreparedDocument document) throws IOException {
        long number = document.key().number();
        if (document.rejection() != null) {
            rejected.add(document.document().id(), number + 1, document.rejection(), accepted);
            return;
        }
        Optional<Drop> drop = document.assessment() == null
                ? Optional.empty()
                : filter.judge(options.source(), number, document.assessment());
        if (drop.isPresent()) {
            dropped.add(drop.get(), number, document.document().id(), document.textBytes());
            return;
        }
        SplitOutput output = document.heldOut() ? validation : train;
        if (number <= output.lastFinishedNumber()) {
            output.pass(document.key());
        } else {
            output.add(document.encoded(), document.idHash(), document.textBytes(), document.key());
            tokens += document.encoded().tokens().length;
        }
        trainDocuments += document.heldOut() ? 0 : 1;
        validationDocuments += document.heldOut() ? 1 : 0;
        textBytes += document.textBytes();
    }

    private List<PreparedDocument> await(Future<List<PreparedDocument>> prepared) throws IOException {
        try {
            return prepared.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("tokenizing failed: " + e.getCause(), e.getCause());
        }
    }

    private TokenizeProgress progress() {
        return new TokenizeProgress(
                trainDocuments + validationDocuments,
                dropped.documents(),
                rejected.count(),
                tokens,
                textBytes,
                (System.nanoTime() - start) * 1e-9,
                shareRead.get().orElse(Double.NaN));
    }
}
