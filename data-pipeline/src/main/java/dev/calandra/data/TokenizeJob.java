package dev.calandra.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.configs.DataException;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.quality.QualityFilter;
import dev.calandra.data.shards.Fingerprint;
import dev.calandra.data.shards.ManifestReader;
import dev.calandra.data.shards.ShardIdentity;
import dev.calandra.data.shards.ShardManifest;
import dev.calandra.data.shards.ShardWriter;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Turns documents into a corpus folder: {@code train/} and {@code validation/}, each with shards and a manifest, and beside them
 * {@code report.json} and {@code rejected.jsonl}. The train manifest is written last and is the commit: an interrupted job leaves a folder that
 * no reader accepts, and the same job goes on after the last shard that it finished. It reads its input again from the start, which costs
 * little beside tokenizing, brings back what the quality steps remember, and shows that the input is still the same. A finished folder is never
 * overwritten.
 *
 * <p>Output depends on documents, tokenizer, limits and quality steps only, not on the number of threads, nor on interruptions.
 */
public final class TokenizeJob {
    /** What the job did, beside the splits. */
    public static final String REPORT = "report.json";

    /** A sample of the records that were no documents. */
    public static final String REJECTED = "rejected.jsonl";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Tokenizer tokenizer;
    private final TokenizeOptions options;
    private final QualityFilter filter;
    private final Consumer<TokenizeProgress> listener;

    /** A job that takes every document; see the other constructor. */
    public TokenizeJob(Tokenizer tokenizer, TokenizeOptions options, Consumer<TokenizeProgress> listener) {
        this(tokenizer, options, QualityFilter.none(), listener);
    }

    /**
     * A job.
     *
     * @param filter what to drop; it remembers the documents of earlier jobs that it was given to
     * @param listener called now and then with the state so far, from the thread that runs the job
     */
    public TokenizeJob(
            Tokenizer tokenizer, TokenizeOptions options, QualityFilter filter, Consumer<TokenizeProgress> listener) {
        this.tokenizer = tokenizer;
        this.options = options;
        this.filter = filter;
        this.listener = listener;
    }

    /**
     * Runs the job.
     *
     * @param documents what to tokenize
     * @param folder to write, local or {@code hdfs://}
     * @return what was done
     * @throws DataException when the folder holds a finished corpus, too many records are bad, there is no document to train on, or the folder
     *     holds the beginning of another job
     */
    public TokenizeProgress run(DocumentSource documents, String folder) {
        return run(documents, folder, false)
                .orElseThrow(() -> new DataException(
                        folder + ": holds a finished corpus already; delete it or write to another folder"));
    }

    /**
     * Runs the job unless it is done. When it is and the filter remembers documents, its documents are read for the filter.
     *
     * @return what was done, empty when the folder was finished by this job before
     * @throws DataException as {@link #run}, also when the folder was finished by a job with other settings
     */
    public Optional<TokenizeProgress> runUnlessFinished(DocumentSource documents, String folder) {
        return run(documents, folder, true);
    }

    private Optional<TokenizeProgress> run(DocumentSource documents, String folder, boolean mayBeFinished) {
        try (StorageLocation location = Storages.open(folder)) {
            Storage storage = location.storage();
            if (!new ManifestReader(storage).exists(child(storage, location.location(), Split.TRAIN.folderName()))) {
                return Optional.of(write(documents, storage, location.location()));
            }
            if (mayBeFinished) {
                requireFinishedByThisJob(storage, location.location());
                recall(documents);
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new DataException(
                    "%s: tokenizing stopped (%s); nothing was committed, the same command goes on".formatted(folder, e),
                    e);
        }
    }

    private TokenizeProgress write(DocumentSource documents, Storage storage, String folder) throws IOException {
        String validationFolder = child(storage, folder, Split.VALIDATION.folderName());
        if (storage.exists(validationFolder)) {
            // Without a train manifest the job was interrupted, even if it had committed this half.
            storage.delete(child(storage, validationFolder, ShardManifest.FILE));
        }
        try (ShardWriter train = writer(storage, folder, Split.TRAIN);
                ShardWriter validation = writer(storage, folder, Split.VALIDATION);
                TokenizePipeline pipeline =
                        pipeline(documents, new SplitOutput.Shards(train), new SplitOutput.Shards(validation))) {
            TokenizeProgress done;
            try {
                documents.read(pipeline);
                done = pipeline.finish();
            } finally {
                replace(storage, folder, REJECTED, pipeline.rejected().toJsonLines());
            }
            replace(storage, folder, REPORT, report(pipeline, done));
            validation.finish();
            train.finish();
            validation.deleteReceipts();
            train.deleteReceipts();
            return done;
        }
    }

    /** Lets the filter see the documents of a finished corpus. */
    private void recall(DocumentSource documents) throws IOException {
        if (!filter.remembers()) {
            return;
        }
        try (TokenizePipeline pipeline =
                pipeline(documents, new SplitOutput.Finished(0), new SplitOutput.Finished(0))) {
            documents.read(pipeline);
            pipeline.finish();
        }
    }

    private TokenizePipeline pipeline(DocumentSource documents, SplitOutput train, SplitOutput validation) {
        return new TokenizePipeline(tokenizer, options, filter, train, validation, documents::shareRead, listener);
    }

    private ShardWriter writer(Storage storage, String folder, Split split) throws IOException {
        ShardIdentity identity = new ShardIdentity(
                options.source(), split.folderName(), tokenizer.sha256(), tokenizer.vocabSize(), tokenizer.endOfText());
        String splitFolder = child(storage, folder, split.folderName());
        return new ShardWriter(storage, splitFolder, identity, options.limits(), settings());
    }

    /** Everything but the input that decides which documents there are and in which split. */
    private String settings() {
        return new Fingerprint()
                .add(tokenizer.sha256())
                .add(options.source())
                .add(options.validationShare())
                .add(options.limits())
                .add(filter.settings())
                .hex();
    }

    private byte[] report(TokenizePipeline pipeline, TokenizeProgress done) throws IOException {
        ObjectNode report = JSON.createObjectNode()
                .put("source", options.source())
                .put("settings", settings())
                .put("train_documents", pipeline.trainDocuments())
                .put("validation_documents", pipeline.validationDocuments())
                .put("tokens", done.tokens())
                .put("text_bytes", done.textBytes())
                .put("rejected_records", done.rejected())
                .put("dropped_documents", done.dropped());
        report.set("dropped", pipeline.dropped().toJson());
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(report);
    }

    private void requireFinishedByThisJob(Storage storage, String folder) throws IOException {
        String location = child(storage, folder, REPORT);
        if (storage.exists(location)) {
            try (InputFile file = storage.openFile(location)) {
                byte[] json = new byte[Math.toIntExact(file.length())];
                file.readFully(0, ByteBuffer.wrap(json));
                JsonNode report = JSON.readTree(json);
                if (report.path("settings").asText().equals(settings())) {
                    return;
                }
            }
        }
        throw new DataException(
                folder
                        + ": holds a corpus that was made with other settings (tokenizer, name, held-out share, quality steps); delete it or write to another folder");
    }

    private static void replace(Storage storage, String folder, String name, byte[] content) throws IOException {
        String unfinished = child(storage, folder, name + ".unfinished");
        storage.delete(unfinished);
        try (OutputFile file = storage.createFile(unfinished)) {
            file.write(ByteBuffer.wrap(content));
            file.sync();
        }
        storage.replaceFile(unfinished, child(storage, folder, name));
        storage.syncFolder(folder);
    }

    private static String child(Storage storage, String folder, String name) throws IOException {
        return storage.child(folder, new FileName(name));
    }
}
