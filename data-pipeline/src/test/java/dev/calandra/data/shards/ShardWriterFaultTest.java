package dev.calandra.data.shards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The writer stopped before and after every operation on storage, and gone on with. */
class ShardWriterFaultTest {
    private static final ShardIdentity IDENTITY = new ShardIdentity("test", "train", "0123456789abcdef", 100, 0);
    private static final ShardLimits LIMITS = new ShardLimits(100, 40);
    private static final int DOCUMENTS = 22;

    @TempDir
    Path folder;

    @Test
    void stoppedAtAnyOperationItLeavesNoSetAndGoesOnToTheSameBytes() throws IOException {
        try (StorageLocation location = Storages.open(folder.toString())) {
            Storage storage = location.storage();
            AtomicInteger operations = new AtomicInteger();
            write(counting(storage, operations, -1, false), folder.resolve("whole"));
            Map<String, byte[]> whole = content(folder.resolve("whole"));
            assertThat(whole).hasSizeGreaterThan(2);
            for (int stop = 1; stop <= operations.get(); stop++) {
                for (boolean done : new boolean[] {false, true}) {
                    Path target = folder.resolve("stop-" + stop + (done ? "-after" : "-before"));
                    boolean isWhole = stopped(counting(storage, new AtomicInteger(), stop, done), target);
                    boolean hasManifest = Files.exists(target.resolve(ShardManifest.FILE));
                    if (!hasManifest) {
                        assertThat(isWhole).isFalse();
                        write(storage, target);
                    }
                    Map<String, byte[]> found = content(target);
                    found.keySet().removeIf(name -> name.matches("shard-\\d+\\.json"));
                    assertThat(found.keySet()).as("%s", target).isEqualTo(whole.keySet());
                    found.forEach((name, bytes) ->
                            assertThat(bytes).as("%s of %s", name, target).isEqualTo(whole.get(name)));
                }
            }
        }
    }

    private static boolean stopped(Storage storage, Path target) {
        try {
            write(storage, target);
            return true;
        } catch (IOException e) {
            assertThat(e).hasMessage("stopped");
            return false;
        }
    }

    private static void write(Storage storage, Path target) throws IOException {
        Random random = new Random(3);
        try (ShardWriter writer = new ShardWriter(storage, target.toString(), IDENTITY, LIMITS, "")) {
            for (int i = 0; i < DOCUMENTS; i++) {
                int[] document = random.ints(1 + random.nextInt(20), 1, 100).toArray();
                document[document.length - 1] = 0;
                InputKey key = new InputKey(i, document.length);
                if (i <= writer.lastFinishedNumber()) {
                    writer.pass(key);
                } else {
                    writer.add(document, 0, i, document.length, key);
                }
            }
            writer.finish();
            writer.deleteReceipts();
        }
    }

    /** The storage, but operation number {@code stop} fails, before or after it is done; -1 = none does. */
    private static Storage counting(Storage storage, AtomicInteger operations, int stop, boolean done) {
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    int number = operations.incrementAndGet();
                    if (number == stop && !done) {
                        throw new IOException("stopped");
                    }
                    try {
                        Object result = method.invoke(storage, arguments);
                        if (number == stop) {
                            throw new IOException("stopped");
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static Map<String, byte[]> content(Path root) throws IOException {
        Map<String, byte[]> content = new TreeMap<>();
        try (Stream<Path> files = Files.list(root)) {
            for (Path file : files.toList()) {
                content.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return content;
    }
}
