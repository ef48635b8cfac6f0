package dev.calandra.data.shards;

import dev.calandra.configs.DataException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Finds and reads the manifest of a set of shards. */
public final class ManifestReader {
    /** Some 300,000 shards: far more than a corpus has, and no more memory than a hostile file may cost. */
    private static final int MAX_BYTES = 64 << 20;

    private final Storage storage;

    public ManifestReader(Storage storage) {
        this.storage = storage;
    }

    /** Whether a folder holds a finished set. */
    public boolean exists(String folder) throws IOException {
        return storage.exists(folder) && storage.exists(location(folder));
    }

    /**
     * Reads the manifest in a folder.
     *
     * @throws DataException when there is none, or it is damaged
     */
    public ShardManifest read(String folder) {
        try {
            if (!exists(folder)) {
                throw new DataException(folder + ": no " + ShardManifest.FILE
                        + " there; write the folder with `calandra tokenize` (an interrupted job leaves none)");
            }
            String location = location(folder);
            try (InputFile file = storage.openFile(location)) {
                if (file.length() > MAX_BYTES) {
                    throw new DataException("%s: has %d bytes, a manifest at most %d; tokenize the corpus again"
                            .formatted(location, file.length(), MAX_BYTES));
                }
                byte[] json = new byte[(int) file.length()];
                file.readFully(0, ByteBuffer.wrap(json));
                return ShardManifest.parse(location, json);
            }
        } catch (IOException e) {
            throw new DataException(folder + ": cannot read the manifest (" + e + ")", e);
        }
    }

    private String location(String folder) throws IOException {
        return storage.child(folder, new FileName(ShardManifest.FILE));
    }
}
