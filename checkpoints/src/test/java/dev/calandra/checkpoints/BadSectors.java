package dev.calandra.checkpoints;

import dev.calandra.storage.InputFile;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.testing.ForwardingStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** Local disk of which some files fail when they are read, and which counts what is read. */
final class BadSectors extends ForwardingStorage {

    /** Part of a location, and how many reads of such files fail from now on. */
    final Map<String, Integer> bad = new HashMap<>();

    /** What such a read fails with. */
    IOException failure = new IOException("Input/output error");

    private long bytesRead;

    BadSectors() {
        super(new LocalStorage());
    }

    /** Bytes read since the last call. */
    long bytesRead() {
        long bytes = bytesRead;
        bytesRead = 0;
        return bytes;
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        InputFile file = super.openFile(location);
        return new InputFile() {
            @Override
            public long length() {
                return file.length();
            }

            @Override
            public void readFully(long position, ByteBuffer target) throws IOException {
                for (Map.Entry<String, Integer> entry : bad.entrySet()) {
                    if (location.contains(entry.getKey()) && entry.getValue() > 0) {
                        entry.setValue(entry.getValue() - 1);
                        throw failure;
                    }
                }
                bytesRead += target.remaining();
                file.readFully(position, target);
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }
}
