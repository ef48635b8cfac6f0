package dev.calandra.checkpoints;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes safetensors files in one pass. Tensors are sorted by element size, largest first, then by name, and the header is padded to 8 bytes:
 * every tensor is aligned to its element, and equal tensors give equal files whatever their order was.
 */
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;
    private static final JsonFactory JSON = new JsonFactory();
    private static final Comparator<TensorSource> FILE_ORDER = Comparator.comparingInt(
                    (TensorSource tensor) -> -tensor.dtype().bytes())
            .thenComparing(TensorSource::name);

    private SafetensorsWriter() {}

    /**
     * Writes a new file durably; it must not exist. A file of which the write failed is removed.
     *
     * @throws IOException when the disk refuses
     */
    public static void write(Storage storage, String location, List<TensorSource> tensors, Map<String, String> metadata)
            throws IOException {
        OutputFile created = storage.createFile(location);
        try (OutputFile file = created) {
            write(file, tensors, metadata);
            file.sync();
        } catch (IOException | RuntimeException e) {
            try {
                storage.delete(location);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /**
     * Writes header and tensors to a channel that takes each buffer whole. Slices are written with the shape of their part.
     *
     * @return number of bytes written
     * @throws IllegalArgumentException for two tensors of one name
     * @throws IllegalStateException when a content writes more or fewer bytes than its shape says
     */
    public static long write(WritableByteChannel channel, List<TensorSource> tensors, Map<String, String> metadata)
            throws IOException {
        CheckedChannel counted = new CheckedChannel(channel);
        writeChecked(counted, tensors, metadata);
        return counted.length();
    }

    /** The same into a channel that was not written to before, and that then knows the length and checksum of the file. */
    static void writeChecked(CheckedChannel counted, List<TensorSource> tensors, Map<String, String> metadata)
            throws IOException {
        List<TensorSource> sorted = tensors.stream().sorted(FILE_ORDER).toList();
        Set<String> names = HashSet.newHashSet(sorted.size());
        for (TensorSource tensor : sorted) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("two tensors are named '" + tensor.name() + "'");
            }
        }
        counted.write(header(sorted, metadata));
        for (TensorSource tensor : sorted) {
            long before = counted.length();
            tensor.content().writeTo(counted);
            long written = counted.length() - before;
            if (written != tensor.part().bytes()) {
                throw new IllegalStateException("content of tensor '" + tensor.name() + "' wrote " + written
                        + " bytes; " + tensor.dtype() + " " + tensor.shape() + " needs "
                        + tensor.part().bytes());
            }
        }
    }

    private static ByteBuffer header(List<TensorSource> sorted, Map<String, String> metadata) throws IOException {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator generator = JSON.createGenerator(json)) {
            generator.writeStartObject();
            if (!metadata.isEmpty()) {
                generator.writeObjectFieldStart(SafetensorsHeader.METADATA);
                for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
                    generator.writeStringField(entry.getKey(), entry.getValue());
                }
                generator.writeEndObject();
            }
            long begin = 0;
            for (TensorSource tensor : sorted) {
                long end = Math.addExact(begin, tensor.part().bytes());
                generator.writeObjectFieldStart(tensor.name());
                generator.writeStringField("dtype", tensor.dtype().name());
                generator.writeFieldName("shape");
                generator.writeArray(longs(tensor.shape()), 0, tensor.shape().size());
                generator.writeFieldName("data_offsets");
                generator.writeArray(new long[] {begin, end}, 0, 2);
                generator.writeEndObject();
                begin = end;
            }
            generator.writeEndObject();
        }
        return padded(json.toByteArray());
    }

    private static ByteBuffer padded(byte[] json) {
        int length = Math.ceilDiv(json.length, ALIGNMENT) * ALIGNMENT;
        if (length > SafetensorsHeader.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "the header needs " + length + " bytes; the format allows " + SafetensorsHeader.MAX_BYTES);
        }
        byte[] text = Arrays.copyOf(json, length);
        Arrays.fill(text, json.length, length, (byte) ' ');
        return ByteBuffer.allocate(Long.BYTES + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(text)
                .flip();
    }

    private static long[] longs(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }
}
