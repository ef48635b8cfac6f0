package dev.calandra.checkpoints;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The weights of a Hugging Face folder: one {@code model.safetensors}, or the shards that {@code model.safetensors.index.json} maps tensor
 * names to.
 */
public final class HuggingFaceFolder implements TensorReader {
    /** The file of a model in one piece. */
    public static final FileName SINGLE = new FileName("model.safetensors");

    /** The index of a model in several files. */
    public static final FileName INDEX = new FileName("model.safetensors.index.json");

    private static final int MAX_INDEX_BYTES = 64 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(8).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String location;
    private final Map<String, SafetensorsFile> fileByTensor;
    private final List<SafetensorsFile> files;

    private HuggingFaceFolder(String location, Map<String, SafetensorsFile> fileByTensor, List<SafetensorsFile> files) {
        this.location = location;
        this.fileByTensor = fileByTensor;
        this.files = files;
    }

    /** Whether a folder has one of the two files. */
    static boolean isOne(Storage storage, String folder) throws IOException {
        return storage.exists(linked(folder, SINGLE)) || storage.exists(linked(folder, INDEX));
    }

    /** A file by its checked name, links followed: Hugging Face's own cache is made of links that lead out of the folder. */
    private static String linked(String folder, FileName name) {
        return (folder.endsWith("/") ? folder : folder + "/") + name;
    }

    /** Opens a folder on local disk. */
    public static HuggingFaceFolder open(Path folder) {
        return open(new LocalStorage(), folder.toAbsolutePath().toString());
    }

    /**
     * Opens a folder of a storage and the header of every shard.
     *
     * @throws CorruptCheckpointException when a shard or the index is malformed, or a shard lacks a tensor that the index places in it
     * @throws CheckpointException when files are missing or cannot be read
     */
    public static HuggingFaceFolder open(Storage storage, String folder) {
        Map<FileName, SafetensorsFile> opened = new LinkedHashMap<>();
        try {
            return open(storage, folder, opened);
        } catch (IOException e) {
            opened.values().forEach(SafetensorsFile::close);
            throw new CheckpointException(folder + ": could not be read: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            opened.values().forEach(SafetensorsFile::close);
            throw e;
        }
    }

    private static HuggingFaceFolder open(Storage storage, String folder, Map<FileName, SafetensorsFile> opened)
            throws IOException {
        Map<String, SafetensorsFile> fileByTensor = new TreeMap<>();
        if (storage.exists(linked(folder, SINGLE))) {
            SafetensorsFile file = SafetensorsFile.open(storage, linked(folder, SINGLE));
            opened.put(SINGLE, file);
            file.tensors().forEach(tensor -> fileByTensor.put(tensor.name(), file));
        } else if (storage.exists(linked(folder, INDEX))) {
            String index = linked(folder, INDEX);
            weightMap(storage, index).forEach((tensor, name) -> {
                SafetensorsFile file =
                        opened.computeIfAbsent(name, n -> SafetensorsFile.open(storage, linked(folder, n)));
                if (file.find(tensor).isEmpty()) {
                    throw new CorruptCheckpointException(
                            index,
                            "places tensor " + CorruptCheckpointException.quoted(tensor) + " in " + name
                                    + ", which lacks it");
                }
                fileByTensor.put(tensor, file);
            });
        } else {
            throw new CheckpointException(folder + ": has neither " + SINGLE + " nor " + INDEX
                    + "; name a folder of Hugging Face weights in safetensors format");
        }
        return new HuggingFaceFolder(folder, fileByTensor, List.copyOf(opened.values()));
    }

    private static Map<String, FileName> weightMap(Storage storage, String index) throws IOException {
        ByteBuffer bytes;
        try (InputFile file = storage.openFile(index)) {
            if (file.length() > MAX_INDEX_BYTES) {
                throw new CorruptCheckpointException(
                        index, "has " + file.length() + " bytes; an index has at most " + MAX_INDEX_BYTES);
            }
            bytes = ByteBuffer.allocate((int) file.length());
            file.readFully(0, bytes);
        }
        JsonNode map;
        try {
            map = JSON.readTree(bytes.array()).path("weight_map");
        } catch (IOException e) {
            throw new CorruptCheckpointException(index, "is not valid JSON", e);
        }
        if (!map.isObject()) {
            throw new CorruptCheckpointException(index, "has no weight_map");
        }
        Map<String, FileName> files = new TreeMap<>();
        map.properties().forEach(entry -> {
            try {
                files.put(entry.getKey(), new FileName(entry.getValue().asText()));
            } catch (IllegalArgumentException e) {
                throw new CorruptCheckpointException(index, "weight_map: " + e.getMessage(), e);
            }
        });
        return files;
    }

    /** Tensors that lie in the files but not where the index says, or that it does not name: no reader by the index sees them. */
    public List<String> unindexed() {
        List<String> unindexed = new ArrayList<>();
        for (SafetensorsFile file : files) {
            for (TensorInfo tensor : file.tensors()) {
                if (fileByTensor.get(tensor.name()) != file) {
                    unindexed.add(CorruptCheckpointException.quoted(tensor.name()) + " of " + file.location());
                }
            }
        }
        return unindexed;
    }

    @Override
    public String location() {
        return location;
    }

    /** Every tensor, by name. */
    @Override
    public List<TensorInfo> tensors() {
        return fileByTensor.entrySet().stream()
                .map(entry -> entry.getValue().tensor(entry.getKey()))
                .toList();
    }

    @Override
    public Optional<TensorInfo> find(String name) {
        return Optional.ofNullable(fileByTensor.get(name)).flatMap(file -> file.find(name));
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        tensor(name);
        fileByTensor.get(name).read(name, offset, target);
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
