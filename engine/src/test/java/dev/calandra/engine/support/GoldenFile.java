package dev.calandra.engine.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** A gzipped safetensors file among the test resources: enough of a reader for files that this project wrote. */
public final class GoldenFile {

    private static final Pattern ENTRY =
            Pattern.compile("\"([^\"]+)\":\\s*\\{\"dtype\":\\s*\"(\\w+)\",\\s*\"shape\":\\s*\\[([\\d, ]*)],\\s*"
                    + "\"data_offsets\":\\s*\\[(\\d+),\\s*(\\d+)]");

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final ByteBuffer data;

    private record Entry(String dtype, int[] shape, int from, int to) {}

    private GoldenFile(byte[] file) {
        ByteBuffer whole = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = Math.toIntExact(whole.getLong());
        Matcher matcher = ENTRY.matcher(new String(file, Long.BYTES, headerLength, StandardCharsets.UTF_8));
        while (matcher.find()) {
            int[] shape = Stream.of(matcher.group(3).split(",\\s*"))
                    .mapToInt(Integer::parseInt)
                    .toArray();
            entries.put(
                    matcher.group(1),
                    new Entry(
                            matcher.group(2),
                            shape,
                            Integer.parseInt(matcher.group(4)),
                            Integer.parseInt(matcher.group(5))));
        }
        data = whole.position(Long.BYTES + headerLength).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Codes and values of the FP8 formats, from PyTorch. */
    public static GoldenFile fp8() {
        try (InputStream in = GoldenFile.class.getResourceAsStream("/golden/fp8.safetensors.gz")) {
            return new GoldenFile(new GZIPInputStream(in).readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int[] shape(String name) {
        return entry(name).shape().clone();
    }

    public float[] floats(String name) {
        float[] values = new float[Arrays.stream(shape(name)).reduce(1, Math::multiplyExact)];
        bytes(name, "F32").asFloatBuffer().get(values);
        return values;
    }

    public double[] doubles(String name) {
        double[] values = new double[Arrays.stream(shape(name)).reduce(1, Math::multiplyExact)];
        bytes(name, "F64").asDoubleBuffer().get(values);
        return values;
    }

    public byte[] codes(String name) {
        byte[] values = new byte[Arrays.stream(shape(name)).reduce(1, Math::multiplyExact)];
        bytes(name, "U8").get(values);
        return values;
    }

    private ByteBuffer bytes(String name, String dtype) {
        Entry entry = entry(name);
        if (!entry.dtype().equals(dtype)) {
            throw new IllegalArgumentException(name + " is " + entry.dtype() + ", not " + dtype);
        }
        return data.slice(entry.from(), entry.to() - entry.from()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("no tensor " + name + " among " + entries.keySet());
        }
        return entry;
    }
}
