package dev.calandra.trainer.parity;

import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.SafetensorsFile;
import dev.calandra.checkpoints.SafetensorsWriter;
import dev.calandra.checkpoints.TensorContent;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.storage.LocalStorage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Unpacks the golden model from the test resources, and alters its files. */
final class GoldenFolder {

    private static final String RESOURCES = "/golden/ling-tiny/";

    private GoldenFolder() {}

    /** Writes config.json, model.safetensors, expected.safetensors and trajectory.safetensors. */
    static void lingTiny(Path folder) {
        try (InputStream config = open("config.json")) {
            Files.copy(config, folder.resolve("config.json"));
            for (String name : List.of("model.safetensors", "expected.safetensors", "trajectory.safetensors")) {
                try (InputStream packed = new GZIPInputStream(open(name + ".gz"))) {
                    Files.copy(packed, folder.resolve(name));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What becomes of a tensor; values may be changed in place. */
    interface Change {
        /** @return the tensor's new name */
        String apply(String name, float[] values);
    }

    /** Writes the tensors of a file to another one, without its metadata. */
    static void rewrite(Path from, Path to, Change change) {
        try (SafetensorsFile file = SafetensorsFile.open(from)) {
            List<TensorSource> tensors = new ArrayList<>();
            for (TensorInfo tensor : file.tensors()) {
                if (tensor.dtype() == DType.I32) {
                    ByteBuffer bytes = file.read(tensor.name());
                    tensors.add(new TensorSource(
                            tensor.name(), tensor.dtype(), tensor.shape(), TensorContent.of(() -> bytes)));
                } else {
                    float[] values = file.readFloats(tensor.name());
                    String name = change.apply(tensor.name(), values);
                    tensors.add(TensorSource.ofFloats(name, tensor.shape(), values));
                }
            }
            SafetensorsWriter.write(new LocalStorage(), to.toString(), tensors, Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String name) {
        InputStream stream = GoldenFolder.class.getResourceAsStream(RESOURCES + name);
        if (stream == null) {
            throw new IllegalStateException("no test resource " + RESOURCES + name);
        }
        return stream;
    }
}
