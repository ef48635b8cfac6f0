package dev.calandra.trainer.exchange;

import dev.calandra.checkpoints.HuggingFaceWriter;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.DataException;
import dev.calandra.configs.ReleasedConfig;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.trainer.model.PublishedTensor;
import dev.calandra.trainer.model.WeightReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes a model as a Hugging Face folder: weights under their published names in one or several safetensors files, {@code config.json},
 * tokenizer. {@code config.json} comes last, so that half a folder is no model to anyone.
 *
 * @param weights type of the weights
 * @param maxShardBytes of one weights file
 * @param tokenizer a tokenizer.json to put beside the weights, instead of the model's own
 * @param notes further files, name to content
 */
public record ModelExport(
        ReleasedConfig.Weights weights, long maxShardBytes, Optional<Path> tokenizer, Map<String, String> notes) {

    /**
     * What was written.
     *
     * @param tensors their number, scales included
     * @param bytes of all tensors
     */
    public record Written(int tensors, long bytes) {}

    public ModelExport {
        Objects.requireNonNull(weights, "weights");
        if (maxShardBytes < 1) {
            throw new IllegalArgumentException("maxShardBytes is " + maxShardBytes);
        }
        notes = Map.copyOf(notes);
    }

    /**
     * Writes the folder, which must not exist or be empty. When that fails, the files that were written are removed again, and no
     * others: somebody else may be writing there too.
     *
     * @param model whose sizes and tokenizer are written
     * @param from where the model is
     * @param numbers its weights, or others of the same model
     * @param target the folder
     * @throws CheckpointException when the folder holds something, or cannot be written
     * @throws DataException when the tokenizer is missing
     */
    public Written write(ModelSource model, StorageLocation from, WeightReader numbers, StorageLocation target) {
        Storage storage = target.storage();
        String folder = target.location();
        try {
            if (storage.exists(folder) && !storage.list(folder).isEmpty()) {
                throw new CheckpointException(folder + ": holds something already; name a new folder");
            }
            Map<String, byte[]> files = new LinkedHashMap<>();
            TokenizerFiles text = tokenizerFiles(model, from);
            files.putAll(text.files());
            notes.forEach((name, content) -> files.put(name, content.getBytes(StandardCharsets.UTF_8)));
            files.put(
                    ModelSource.CONFIG,
                    new ReleasedConfig(model.config(), weights, text.endOfText())
                            .toJson()
                            .getBytes(StandardCharsets.UTF_8));
            storage.createFolders(folder);
            return written(storage, folder, model, numbers, files);
        } catch (FileAlreadyExistsException e) {
            throw new CheckpointException(
                    folder + ": something else writes there: " + e.getFile()
                            + " has appeared, and was left alone; name another folder",
                    e);
        } catch (IOException e) {
            throw new CheckpointException(folder + ": could not be written: " + e.getMessage(), e);
        }
    }

    private TokenizerFiles tokenizerFiles(ModelSource model, StorageLocation from) throws IOException {
        Optional<Path> file = tokenizer.or(model::tokenizer);
        if (file.isPresent() && !Files.exists(file.get())) {
            throw new DataException(
                    file.get() + ": no such file; "
                            + (tokenizer.isPresent()
                                    ? "name a Hugging Face tokenizer.json"
                                    : "the model was trained with this tokenizer, seen from another folder: name it with --tokenizer"));
        }
        return file.isPresent()
                ? TokenizerFiles.of(file.get(), model.config().maxPositionEmbeddings())
                : TokenizerFiles.of(from.storage(), model.tensors().location());
    }

    private Written written(
            Storage storage, String folder, ModelSource model, WeightReader numbers, Map<String, byte[]> files)
            throws IOException {
        WeightEncoder encoder = new WeightEncoder(weights, numbers);
        List<TensorSource> tensors = PublishedTensor.of(model.config()).stream()
                .flatMap(tensor -> encoder.encode(tensor).stream())
                .toList();
        List<String> own = new ArrayList<>();
        try {
            long bytes = HuggingFaceWriter.write(storage, folder, tensors, maxShardBytes, own::add);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                SmallFiles.write(storage, SmallFiles.in(folder, file.getKey()), file.getValue(), own::add);
            }
            storage.syncFolder(folder);
            return new Written(tensors.size(), bytes);
        } catch (IOException | RuntimeException e) {
            remove(storage, own, e);
            throw e;
        }
    }

    private static void remove(Storage storage, List<String> files, Exception failure) {
        for (String file : files) {
            try {
                storage.delete(file);
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }
}
