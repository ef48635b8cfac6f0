package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.configs.Configs;
import dev.calandra.configs.Setting;
import dev.calandra.storage.LocalStorage;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What released versions noted beside the tensors is understood for ever. A release adds {@code golden/release-VERSION}: the manifest of step
 * 7 of a run of 12 steps on two sources, evaluated at step 4. None is ever made anew.
 */
class GoldenStateTest {

    @ParameterizedTest
    @ValueSource(strings = "0.1.0")
    void aRunOfAnEarlierReleaseGoesOn(String release) throws Exception {
        Path run = Path.of(
                GoldenStateTest.class.getResource("/golden/release-" + release).toURI());
        var manifest = new CheckpointReader(new LocalStorage(), run.toString()).manifest(7);

        CheckpointState state = CheckpointState.fromMap(manifest.state());

        assertThat(state.training().step()).isEqualTo(7);
        assertThat(state.training().nextSample()).isEqualTo(28);
        assertThat(state.training().losses()).hasSize(7).startsWith(8.326130213944808);
        assertThat(state.evaluation().orElseThrow().step()).isEqualTo(4);
        assertThat(state.sources()).containsOnlyKeys("prose", "sums");
        assertThat(state.data().history()).isNotNull();
        // Whoever starts the same config today resumes without a flag.
        var now = Configs.settings(Configs.parse(state.configYaml(), "golden"));
        var keys = now.stream().collect(Collectors.toMap(Setting::key, Setting::value));
        assertThat(new ResumeRules(Set.of()).check("golden", state.inForce("golden"), keys))
                .isEmpty();
    }
}
