package dev.calandra.trainer.run;

import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.testing.ForwardingStorage;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Local disk that is full for {@code metrics.jsonl} when it is told so: half of what is written arrives, and a sync fails. */
public final class FullDisk extends ForwardingStorage {

    /** Writes and creations fail. */
    public boolean full;

    /** Syncs fail, and what they should have made durable is torn out of the file. */
    public boolean losesOnSync;

    public FullDisk() {
        super(new LocalStorage());
    }

    @Override
    public OutputFile createFile(String location) throws IOException {
        boolean metrics = location.contains("metrics.jsonl");
        if (metrics && full) {
            throw new IOException("No space left on device");
        }
        OutputFile file = super.createFile(location);
        return metrics ? new Metrics(file) : file;
    }

    private final class Metrics implements OutputFile {
        private final OutputFile file;

        Metrics(OutputFile file) {
            this.file = file;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            if (full) {
                file.write(source.limit(source.limit() / 2));
                throw new IOException("No space left on device");
            }
            return losesOnSync ? source.remaining() : file.write(source);
        }

        @Override
        public void sync() throws IOException {
            if (full || losesOnSync) {
                throw new IOException("Input/output error");
            }
            file.sync();
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
