package dev.calandra.data;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.shards.ManifestReader;
import dev.calandra.data.shards.ShardIdentity;
import dev.calandra.data.shards.ShardManifest;
import dev.calandra.data.shards.ShardWriter;
import dev.calandra.storage.FileName;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Turns documents into a corpus folder: {@code train/} and {@code validation/}, each with shards and a manifest. The train manifest is
 * written last and is the commit: an interrupted job leaves a folder that no reader accepts and that the next job of the same name starts
 * again. A finished folder is never overwritten.
 *
 * <p>Output depends on documents, tokenizer and limits only, not on the number of threads.
 */
public final class TokenizeJob {
    private final Tokenizer tokenizer;
    private final TokenizeOptions options;
    private final Consumer<TokenizeProgress> listener;

    /** @param listener called now and then with the state so far, from the thread that runs the job */
    public TokenizeJob(Tokenizer tokenizer, TokenizeOptions options, Consumer<TokenizeProgress> listener) {
        this.tokenizer = tokenizer;
        this.options = options;
        this.listener = listener;
    }

    /**
     * Runs the job.
     *
     * @param documents what to tokenize
     * @param folder to write, local or {@code hdfs://}
     * @return what was done
     * @throws DataException when the folder holds a finished corpus, too many records are bad, or there is no document to train on
     */
    public TokenizeProgress run(DocumentSource documents, String folder) {
        try (StorageLocation location = Storages.open(folder)) {
            return run(documents, location.storage(), location.location());
        } catch (IOException e) {
            throw new DataException("%s: tokenizing stopped (%s); nothing was committed".formatted(folder, e), e);
        }
    }

    private TokenizeProgress run(DocumentSource documents, Storage storage, String folder) throws IOException {
        String trainFolder = storage.child(folder, new FileName(Split.TRAIN.folderName()));
        String validationFolder = storage.child(folder, new FileName(Split.VALIDATION.folderName()));
        if (new ManifestReader(storage).exists(trainFolder)) {
            throw new DataException(folder + ": holds a finished corpus already; delete it or write to another folder");
        }
        if (storage.exists(validationFolder)) {
            // Without a train manifest the job was interrupted, even if it had committed this half.
            storage.delete(storage.child(validationFolder, new FileName(ShardManifest.FILE)));
        }
        try (ShardWriter train = writer(storage, trainFolder, Split.TRAIN);
                ShardWriter validation = writer(storage, validationFolder, Split.VALIDATION);
                TokenizePipeline pipeline = new TokenizePipeline(tokenizer, options, train, validation, listener)) {
            documents.read(pipeline);
            TokenizeProgress done = pipeline.finish();
            validation.finish();
            train.finish();
            return done;
        }
    }

    private ShardWriter writer(Storage storage, String folder, Split split) throws IOException {
        ShardIdentity identity = new ShardIdentity(
                options.source(), split.folderName(), tokenizer.sha256(), tokenizer.vocabSize(), tokenizer.endOfText());
        return new ShardWriter(storage, folder, identity, options.limits());
    }
}
