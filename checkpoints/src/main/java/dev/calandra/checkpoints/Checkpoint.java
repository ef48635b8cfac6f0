package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A committed step folder whose manifest and shards agree, open for reading. */
public final class Checkpoint implements TensorReader {
    private final String location;
    private final Manifest manifest;
    private final Map<FileName, SafetensorsFile> shards;
    private final Map<String, LogicalTensor> tensors;

    private Checkpoint(String location, Manifest manifest, Map<FileName, SafetensorsFile> shards) {
        this.location = location;
        this.manifest = manifest;
        this.shards = shards;
        this.tensors = new LinkedHashMap<>();
        manifest.tensors().forEach(tensor -> tensors.put(tensor.info().name(), tensor));
    }

    /**
     * Opens a step folder after checking it.
     *
     * @throws CorruptCheckpointException naming the file that is not as it was saved, with what was expected
     * @throws UnreadableShardException when the manifest can be read and the bytes of a shard cannot
     * @throws CheckpointException when it is of a newer format, or the storage fails
     */
    public static Checkpoint open(Storage storage, String folder, Verification verification) {
        Map<FileName, SafetensorsFile> shards = new LinkedHashMap<>();
        try {
            Manifest manifest = readManifest(storage, folder);
            for (Shard shard : manifest.shards()) {
                shards.put(
                        shard.name(), readableShard(storage, storage.child(folder, shard.name()), shard, verification));
            }
            Checkpoint checkpoint = new Checkpoint(folder, manifest, shards);
            checkpoint.requireAgreement();
            return checkpoint;
        } catch (IOException e) {
            shards.values().forEach(SafetensorsFile::close);
            throw new CheckpointException(folder + ": could not be read: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            shards.values().forEach(SafetensorsFile::close);
            throw e;
        }
    }

    static Manifest readManifest(Storage storage, String folder) throws IOException {
        String location = storage.child(folder, Manifest.FILE);
        try (InputFile file = storage.openFile(location)) {
            if (file.length() > ManifestFormat.MAX_BYTES) {
                throw new CorruptCheckpointException(
                        location,
                        "has " + file.length() + " bytes; a manifest has at most " + ManifestFormat.MAX_BYTES);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) file.length());
            file.readFully(0, bytes);
            return ManifestFormat.parse(bytes.array(), location);
        } catch (NoSuchFileException e) {
            throw new CorruptCheckpointException(location, "is missing", e);
        }
    }

    /** What the user may mend, or wait for, is no fault of the shard. */
    private static SafetensorsFile readableShard(
            Storage storage, String location, Shard shard, Verification verification) throws IOException {
        try {
            return openShard(storage, location, shard, verification);
        } catch (AccessDeniedException | StorageUnavailableException e) {
            throw e;
        } catch (IOException e) {
            throw new UnreadableShardException(location, e);
        }
    }

    private static SafetensorsFile openShard(Storage storage, String location, Shard shard, Verification verification)
            throws IOException {
        InputFile file;
        try {
            file = storage.openFile(location);
        } catch (NoSuchFileException e) {
            throw new CorruptCheckpointException(location, "is missing, but the manifest lists it", e);
        }
        try {
            if (file.length() != shard.length()) {
                throw new CorruptCheckpointException(
                        location, "has " + file.length() + " bytes; the manifest says " + shard.length());
            }
            if (verification == Verification.CHECKSUMS) {
                requireChecksum(location, file, shard);
            }
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return SafetensorsFile.open(location, file);
    }

    private static void requireChecksum(String location, InputFile file, Shard shard) throws IOException {
        int actual = FileChecksum.of(file);
        if (actual != shard.crc32c()) {
            throw new CorruptCheckpointException(
                    location,
                    "has the CRC32C " + Shard.hex(actual) + "; the manifest says " + Shard.hex(shard.crc32c()));
        }
    }

    /** Every piece is in its shard with its type and shape, and the shards hold nothing else. */
    private void requireAgreement() {
        Map<FileName, Set<TensorInfo>> expected = new LinkedHashMap<>();
        shards.keySet().forEach(name -> expected.put(name, new HashSet<>()));
        for (LogicalTensor tensor : manifest.tensors()) {
            TensorInfo info = tensor.info();
            for (TensorPiece piece : tensor.pieces()) {
                expected.get(piece.shard()).add(new TensorInfo(info.name(), info.dtype(), piece.shape()));
            }
        }
        shards.forEach((name, shard) -> {
            Set<TensorInfo> actual = new HashSet<>(shard.tensors());
            if (!actual.equals(expected.get(name))) {
                List<TensorInfo> missing = new ArrayList<>(expected.get(name));
                missing.removeAll(actual);
                actual.removeAll(expected.get(name));
                throw new CorruptCheckpointException(
                        shard.location(),
                        "does not hold what the manifest says: missing " + missing.size() + " tensors, "
                                + actual.size() + " unknown, e.g. "
                                + CorruptCheckpointException.quoted(
                                        String.valueOf(missing.isEmpty() ? actual : missing)));
            }
        });
    }

    /** The training step. */
    public long step() {
        return manifest.step();
    }

    /** The run's values beside its tensors, as they were saved; integers as Long, floating-point numbers as Double. */
    public Map<String, Object> state() {
        return manifest.state();
    }

    /** Everything the manifest says. */
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public String location() {
        return location;
    }

    /** The logical tensors, by name. */
    @Override
    public List<TensorInfo> tensors() {
        return tensors.values().stream().map(LogicalTensor::info).toList();
    }

    @Override
    public Optional<TensorInfo> find(String name) {
        return Optional.ofNullable(tensors.get(name)).map(LogicalTensor::info);
    }

    /** Reads the logical tensor, whichever ranks wrote its pieces. */
    @Override
    public void read(String name, long offset, ByteBuffer target) {
        TensorInfo info = tensor(name);
        LogicalTensor tensor = tensors.get(name);
        if (tensor.isWhole()) {
            shards.get(tensor.pieces().getFirst().shard()).read(name, offset, target);
            return;
        }
        if (offset < 0 || offset > info.bytes() - target.remaining()) {
            throw new IllegalArgumentException("bytes " + offset + " to " + (offset + target.remaining())
                    + " leave tensor '" + name + "' of " + info.bytes() + " bytes");
        }
        ByteBuffer window = target.slice();
        for (TensorPiece piece : tensor.pieces()) {
            new PieceRuns(info, piece).read(shards.get(piece.shard()), offset, window);
        }
        target.position(target.limit());
    }

    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
    }
}
