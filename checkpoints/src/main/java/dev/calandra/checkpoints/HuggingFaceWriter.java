package dev.calandra.checkpoints;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.calandra.storage.FileName;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Writes weights as Hugging Face's libraries do: {@code model.safetensors} where they fit into one file, else {@code
 * model-00001-of-00002.safetensors}, … and {@code model.safetensors.index.json}.
 */
public final class HuggingFaceWriter {
    /** What those libraries look for before they open a file. */
    private static final Map<String, String> METADATA = Map.of("format", "pt");

    private static final JsonFactory JSON = new JsonFactory();

    private HuggingFaceWriter() {}

    /**
     * Writes the files into an existing folder, durably.
     *
     * @param tensors in the order in which they fill the files
     * @param maxShardBytes a file holds no more, unless a single tensor does
     * @param created is told the location of each file that was made here and, should more fail, is still there
     * @return bytes of all tensors
     * @throws java.nio.file.FileAlreadyExistsException when a file of such a name is there; it stays
     */
    public static long write(
            Storage storage, String folder, List<TensorSource> tensors, long maxShardBytes, Consumer<String> created)
            throws IOException {
        List<List<TensorSource>> shards = shards(tensors, maxShardBytes);
        Map<String, String> shardByTensor = new TreeMap<>();
        long bytes = 0;
        for (int i = 0; i < shards.size(); i++) {
            FileName name = shards.size() == 1
                    ? HuggingFaceFolder.SINGLE
                    : new FileName("model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size()));
            String location = storage.child(folder, name);
            SafetensorsWriter.write(storage, location, shards.get(i), METADATA);
            created.accept(location);
            for (TensorSource tensor : shards.get(i)) {
                shardByTensor.put(tensor.name(), name.value());
                bytes += tensor.part().bytes();
            }
        }
        if (shards.size() > 1) {
            String location = storage.child(folder, HuggingFaceFolder.INDEX);
            try (OutputFile file = storage.createFile(location)) {
                created.accept(location);
                file.write(ByteBuffer.wrap(index(shardByTensor, bytes)));
                file.sync();
            }
        }
        return bytes;
    }

    private static List<List<TensorSource>> shards(List<TensorSource> tensors, long maxShardBytes) {
        List<List<TensorSource>> shards = new ArrayList<>();
        shards.add(new ArrayList<>());
        long filled = 0;
        for (TensorSource tensor : tensors) {
            long bytes = tensor.part().bytes();
            if (filled > 0 && bytes > maxShardBytes - filled) {
                shards.add(new ArrayList<>());
                filled = 0;
            }
            shards.getLast().add(tensor);
            filled += bytes;
        }
        return shards;
    }

    private static byte[] index(Map<String, String> shardByTensor, long bytes) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(text).setPrettyPrinter(new DefaultPrettyPrinter())) {
            json.writeStartObject();
            json.writeObjectFieldStart("metadata");
            json.writeNumberField("total_size", bytes);
            json.writeEndObject();
            json.writeObjectFieldStart("weight_map");
            for (Map.Entry<String, String> entry : shardByTensor.entrySet()) {
                json.writeStringField(entry.getKey(), entry.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        }
        return text.toByteArray();
    }
}
