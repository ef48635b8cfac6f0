package dev.calandra.trainer.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Optional;

/**
 * Keeps two trainers out of one run folder: a file that one of them created, naming its host and process.
 *
 * <p>A lock whose process is gone is taken over, which can only be known on the same host; on another host the user
 * decides. This guards against mistakes, not against a network partition.
 */
public final class RunLock implements AutoCloseable {

    private static final FileName NAME = new FileName("lock");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Storage storage;
    private final String location;

    private RunLock(Storage storage, String location) {
        this.storage = storage;
        this.location = location;
    }

    /** Who holds a lock. The start tells a process from a later one with the same number. */
    record Holder(String host, long pid, String started) {

        static Holder thisProcess() throws IOException {
            ProcessHandle self = ProcessHandle.current();
            return new Holder(InetAddress.getLocalHost().getHostName(), self.pid(), start(self));
        }

        boolean goneFrom(String thisHost) {
            return host.equals(thisHost)
                    && ProcessHandle.of(pid)
                            .map(process ->
                                    !process.isAlive() || !start(process).equals(started))
                            .orElse(true);
        }

        private static String start(ProcessHandle process) {
            return process.info().startInstant().map(Instant::toString).orElse("unknown");
        }
    }

    /**
     * Takes the lock of a run folder that exists.
     *
     * @throws CheckpointException if a trainer that may be alive holds it: host, process, start, and what to do
     */
    public static RunLock take(Storage storage, String folder) throws IOException {
        String location = storage.child(folder, NAME);
        Holder self = Holder.thisProcess();
        if (create(storage, location, self)) {
            return new RunLock(storage, location);
        }
        Optional<Holder> holder = read(storage, location);
        if (holder.isPresent() && holder.get().goneFrom(self.host())) {
            storage.delete(location);
            if (create(storage, location, self)) {
                return new RunLock(storage, location);
            }
            holder = read(storage, location);
        }
        throw new CheckpointException(folder + ": in use by another trainer ("
                + holder.map(h -> "host " + h.host() + ", process " + h.pid() + ", started " + h.started())
                        .orElse("its lock file is being written or damaged")
                + "); wait for it or stop it, or, if it is gone, delete " + location);
    }

    @Override
    public void close() throws IOException {
        storage.delete(location);
    }

    private static boolean create(Storage storage, String location, Holder holder) throws IOException {
        try (OutputFile file = storage.createFile(location)) {
            String json = JSON.createObjectNode()
                    .put("host", holder.host())
                    .put("pid", holder.pid())
                    .put("started", holder.started())
                    .toString();
            file.write(ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
            file.sync();
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    /** Empty when it is not a complete lock: its owner crashed while writing it, is writing it now, or has just gone. */
    private static Optional<Holder> read(Storage storage, String location) throws IOException {
        try (InputFile file = storage.openFile(location)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.length()));
            file.readFully(0, bytes);
            JsonNode json = JSON.readTree(new String(bytes.array(), StandardCharsets.UTF_8));
            return json.path("pid").isIntegralNumber()
                    ? Optional.of(new Holder(
                            json.path("host").asText(),
                            json.path("pid").asLong(),
                            json.path("started").asText()))
                    : Optional.empty();
        } catch (JsonProcessingException | NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
