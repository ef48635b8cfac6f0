package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A safetensors file open for reading: 8 bytes of header length (little-endian), a JSON header, the tensors' bytes. The header is validated
 * whole at opening; what that needs in memory is bounded by the file's own size. The data is read on demand and never mapped, so a file that
 * shrinks while it is read is an error and not a crash of the JVM.
 */
public final class SafetensorsFile implements TensorReader {
    private static final int LENGTH_BYTES = Long.BYTES;

    private final String location;
    private final InputFile file;
    private final long dataStart;
    private final SafetensorsHeader header;
    private final List<TensorInfo> tensors;

    private SafetensorsFile(String location, InputFile file, long dataStart, SafetensorsHeader header) {
        this.location = location;
        this.file = file;
        this.dataStart = dataStart;
        this.header = header;
        this.tensors = header.tensors().values().stream()
                .map(SafetensorsHeader.Placed::info)
                .toList();
    }

    /** Opens a file on local disk. */
    public static SafetensorsFile open(Path path) {
        return open(new LocalStorage(), path.toAbsolutePath().toString());
    }

    /**
     * Opens a file of a storage.
     *
     * @throws CorruptCheckpointException when the file is not well-formed safetensors
     * @throws CheckpointException when it is missing or cannot be read
     */
    public static SafetensorsFile open(Storage storage, String location) {
        try {
            return open(location, storage.openFile(location));
        } catch (NoSuchFileException e) {
            throw new CheckpointException(location + ": no such file", e);
        } catch (IOException e) {
            throw new CheckpointException(location + ": could not be read: " + e.getMessage(), e);
        }
    }

    /** Takes over an open file, and closes it when its header cannot be believed. */
    static SafetensorsFile open(String location, InputFile file) throws IOException {
        try {
            return readHeader(location, file);
        } catch (IOException | RuntimeException e) {
            closeAfter(e, file);
            throw e;
        }
    }

    private static void closeAfter(Exception failure, InputFile file) {
        try {
            file.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static SafetensorsFile readHeader(String location, InputFile file) throws IOException {
        if (file.length() < LENGTH_BYTES) {
            throw new CorruptCheckpointException(
                    location, "it has " + file.length() + " bytes, too few for a safetensors header");
        }
        ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(0, length);
        long headerBytes = length.getLong(0);
        if (headerBytes < 0 || headerBytes > SafetensorsHeader.MAX_BYTES) {
            throw new CorruptCheckpointException(
                    location,
                    "its header claims " + Long.toUnsignedString(headerBytes) + " bytes; the format allows "
                            + SafetensorsHeader.MAX_BYTES);
        }
        if (headerBytes > file.length() - LENGTH_BYTES) {
            throw new CorruptCheckpointException(
                    location, "its header claims " + headerBytes + " bytes, but the file has " + file.length());
        }
        ByteBuffer json = ByteBuffer.allocate((int) headerBytes);
        file.readFully(LENGTH_BYTES, json);
        long dataStart = LENGTH_BYTES + headerBytes;
        SafetensorsHeader header =
                SafetensorsHeader.parse(text(location, json.flip()), file.length() - dataStart, location);
        return new SafetensorsFile(location, file, dataStart, header);
    }

    private static String text(String location, ByteBuffer json) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(json).toString();
        } catch (CharacterCodingException e) {
            throw new CorruptCheckpointException(location, "its header is not UTF-8 text", e);
        }
    }

    @Override
    public String location() {
        return location;
    }

    /** Every tensor, in the order of the data. */
    @Override
    public List<TensorInfo> tensors() {
        return tensors;
    }

    /** The header's free text entries; empty when it has none. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public Optional<TensorInfo> find(String name) {
        return Optional.ofNullable(header.tensors().get(name)).map(SafetensorsHeader.Placed::info);
    }

    @Override
    public void read(String name, long offset, ByteBuffer target) {
        TensorInfo tensor = tensor(name);
        if (offset < 0 || offset > tensor.bytes() - target.remaining()) {
            throw new IllegalArgumentException("bytes " + offset + " to " + (offset + target.remaining())
                    + " leave tensor '" + name + "' of " + tensor.bytes() + " bytes");
        }
        try {
            file.readFully(dataStart + header.tensors().get(name).begin() + offset, target);
        } catch (EOFException e) {
            throw new CorruptCheckpointException(location, "it became shorter while it was read", e);
        } catch (IOException e) {
            throw new CheckpointException(
                    location + ": tensor " + CorruptCheckpointException.quoted(name) + " could not be read: "
                            + e.getMessage(),
                    e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new CheckpointException(location + ": could not be closed: " + e.getMessage(), e);
        }
    }
}
