package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.FaultyStorage.Fault;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fails every single operation of a save, and of a recovery, in every way; after each, a restarted process loads the newest valid step bit
 * for bit, finds at least two, has nothing half-written beside them, and can go on saving.
 */
class CrashPointTest {
    private static final Logger LOG = LoggerFactory.getLogger(CrashPointTest.class);
    private static final Storage LOCAL = new LocalStorage();
    private static final Storage DISK = FaultyStorage.sound(LOCAL);

    @TempDir
    Path folder;

    private Path before;

    @BeforeEach
    void twoStepsAreSaved() {
        before = folder.resolve("before");
        CheckpointStore store = Samples.store(DISK, before.toString(), 2);
        store.save(10, Samples.of(10).sources(), Samples.of(10).state());
        store.save(20, Samples.of(20).sources(), Samples.of(20).state());
    }

    @ParameterizedTest
    @CsvSource({
        "BEFORE,false",
        "BEFORE,true",
        "AFTER,false",
        "AFTER,true",
        "TORN,false",
        "TORN,true",
        "UNSYNCED_LOST,true"
    })
    void everyOperationOfASave(Fault fault, boolean dead) throws IOException {
        int states = 0;
        boolean fired = true;
        for (int k = 0; fired; k++) {
            Path run = copyOf(before, "run-" + k);
            FaultyStorage storage = new FaultyStorage(LOCAL, k, fault, dead);
            boolean saved = attempt(() -> Samples.store(storage, run.toString(), 2)
                    .save(30, Samples.of(30).sources(), Samples.of(30).state()));
            String place = "operation " + k + " " + fault + (dead ? ", then dead" : "");
            Set<Long> acceptable = saved ? Set.of(30L) : Set.of(20L, 30L);
            assertRecovers(run, acceptable, "", place);
            fired = storage.fired();
            assertThat(fired || saved).as(place).isTrue();
            if (storage.firedInRename() && fault == Fault.AFTER && !dead) {
                assertThat(saved)
                        .as("a commit is recognised although its reply was lost, " + place)
                        .isTrue();
            }
            states++;
        }
        LOG.info("Save, {} states visited: {}{}", states, fault, dead ? ", then dead" : "");
        assertThat(states).as("states visited with " + fault).isGreaterThan(40);
    }

    @ParameterizedTest
    @CsvSource({"BEFORE,false", "BEFORE,true", "AFTER,false", "AFTER,true", "TORN,true"})
    void everyOperationOfARecovery(Fault fault, boolean dead) throws IOException {
        Samples.store(DISK, before.toString(), 3)
                .save(30, Samples.of(30).sources(), Samples.of(30).state());
        damage(before.resolve("step-000000030/rank-0000-of-0001.safetensors"));
        Files.createDirectories(before.resolve(".tmp-step-000000040.00000001.dead"));
        Files.writeString(before.resolve(".tmp-step-000000040.00000001.dead/rank-0000-of-0001.safetensors"), "half");
        Files.createDirectories(before.resolve(".trash-step-000000001.dead"));
        boolean fired = true;
        int states = 0;
        for (int k = 0; fired; k++) {
            Path run = copyOf(before, "recovery-" + k);
            FaultyStorage storage = new FaultyStorage(LOCAL, k, fault, dead);
            attempt(() ->
                    Samples.store(storage, run.toString(), 2).newestValid().ifPresent(Checkpoint::close));
            assertRecovers(run, Set.of(20L), "|step-000000030\\.bad-.+", "recovery operation " + k + " " + fault);
            fired = storage.fired();
            states++;
        }
        LOG.info("Recovery, {} states visited: {}{}", states, fault, dead ? ", then dead" : "");
        assertThat(states).as("states visited with " + fault).isGreaterThan(15);
    }

    private static boolean attempt(Runnable work) {
        try {
            work.run();
            return true;
        } catch (CheckpointException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
            return false;
        }
    }

    private void assertRecovers(Path run, Set<Long> acceptable, String otherNames, String place) throws IOException {
        CheckpointStore restarted = Samples.store(DISK, run.toString(), 2);
        try (Checkpoint newest = restarted.newestValid().orElseThrow()) {
            assertThat(newest.step()).as(place).isIn(acceptable);
            Samples.of(newest.step()).assertHeldBy(newest);
        }
        assertThat(restarted.steps()).as(place).hasSizeGreaterThanOrEqualTo(2);
        for (long step : restarted.steps()) {
            try (Checkpoint checkpoint = restarted.open(step)) {
                Samples.of(step).assertHeldBy(checkpoint);
            }
        }
        try (Stream<Path> entries = Files.list(run)) {
            assertThat(entries.map(path -> path.getFileName().toString()))
                    .as(place)
                    .allMatch(name -> name.matches("step-\\d{9}|LATEST|epochs" + otherNames));
        }
        restarted.save(50, Samples.of(50).sources(), Samples.of(50).state());
        try (Checkpoint newest = restarted.newestValid().orElseThrow()) {
            Samples.of(50).assertHeldBy(newest);
        }
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
    }

    private Path copyOf(Path source, String name) throws IOException {
        Path target = folder.resolve(name);
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(source.relativize(file).toString()));
            }
        }
        return target;
    }
}
