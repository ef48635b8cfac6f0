package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;

class ModelConfigTest {
    private static ModelConfig withHeads(int hiddenSize, int heads, int keyValueHeads) {
        return new ModelConfig(
                4096,
                hiddenSize,
                768,
                6,
                heads,
                keyValueHeads,
                64,
                0.5,
                10000,
                1e-6,
                true,
                32,
                1,
                4,
                4,
                2,
                128,
                1,
                2.5,
                1,
                0.1,
                false,
                0.02,
                2048);
    }

    @Test
    void derivedSizes() {
        ModelConfig model = withHeads(256, 4, 2);
        assertThat(model.rotaryDim()).isEqualTo(32);
        assertThat(model.expertsPerGroup()).isEqualTo(8);
        assertThat(model.queriesPerKeyValueHead()).isEqualTo(2);
        assertThat(model.qkvWidth()).isEqualTo(512);
        assertThat(model.sharedIntermediateSize()).isEqualTo(128);
        assertThat(model.isDense(0)).isTrue();
        assertThat(model.isDense(1)).isFalse();
    }

    @Test
    void everyBrokenRuleIsReportedAtOnce() {
        ConfigException error = catchThrowableOfType(ConfigException.class, () -> withHeads(-256, 4, 3));
        assertThat(error.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(error).hasMessage("""
                        hidden_size: too small (-256); must be at least 1
                        num_attention_heads: not a multiple of num_key_value_heads (4 heads, 3 key-value heads); each of \
                        these must serve the same number of heads""");
    }
}
