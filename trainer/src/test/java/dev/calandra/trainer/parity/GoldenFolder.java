package dev.calandra.trainer.parity;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** Unpacks the golden model from the test resources. */
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

    private static InputStream open(String name) {
        InputStream stream = GoldenFolder.class.getResourceAsStream(RESOURCES + name);
        if (stream == null) {
            throw new IllegalStateException("no test resource " + RESOURCES + name);
        }
        return stream;
    }
}
