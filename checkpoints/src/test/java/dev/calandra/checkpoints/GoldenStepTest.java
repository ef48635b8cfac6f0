package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.storage.LocalStorage;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Steps that released versions wrote load for ever. A release adds a folder, {@code golden/release-VERSION}: {@link Samples} of 7, saved
 * as step 7 by two ranks. None is ever made anew.
 */
class GoldenStepTest {

    @ParameterizedTest
    @ValueSource(strings = "0.1.0")
    void aStepOfAnEarlierReleaseLoads(String release) throws Exception {
        Path run = Path.of(
                GoldenStepTest.class.getResource("/golden/release-" + release).toURI());
        try (Checkpoint step = new CheckpointReader(new LocalStorage(), run.toString())
                .newestValid()
                .orElseThrow()) {
            assertThat(step.step()).isEqualTo(7);
            assertThat(step.manifest().worldSize()).isEqualTo(2);
            Samples.of(7).assertHeldBy(step);
        }
    }
}
