package dev.calandra.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.Configs;
import dev.calandra.configs.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCostTest {
    private static ModelConfig preset(String name) {
        return Configs.load(Path.of("../configs/" + name + ".yaml"), List.of())
                .config()
                .model();
    }

    /** Sizes published with the models (16.26 B / 1.43 B / 789 M and so on), to the last parameter of their weights. */
    @ParameterizedTest
    @CsvSource({
        "ling-mini-2.0,   16255638528,  1432968192,   789142528,   827861248",
        "ling-flash-2.0, 102889697280,  6152269824,  4864618496,  3306180864",
        "ling-1t,        999705309184, 51054407680, 48479105024, 13222584576"
    })
    void publishedSizes(String name, long total, long active, long activeNonEmbedding, long mtp) {
        ParameterCount parameters = ParameterCount.of(preset(name));
        assertThat(parameters.total()).isEqualTo(total);
        assertThat(parameters.active()).isEqualTo(active);
        assertThat(parameters.activeNonEmbedding()).isEqualTo(activeNonEmbedding);
        assertThat(parameters.mtp().total()).isEqualTo(mtp);
        assertThat(parameters.totalWithMtp()).isEqualTo(total + mtp);
    }

    /** Tensor by tensor, by hand, for the smallest preset. */
    @Test
    void picoPartByPart() {
        ParameterCount parameters = ParameterCount.of(preset("pico"));
        long attention = 256 * (4 + 2 + 2) * 64 + 4 * 64 * 256;
        long expert = 3 * 256 * 128;
        long norms = 2 * 256 + 2 * 64;
        assertThat(parameters.parts())
                .containsExactly(
                        new ParameterCount.Part("embedding", 4096 * 256, 4096 * 256),
                        new ParameterCount.Part("head", 4096 * 256, 4096 * 256),
                        new ParameterCount.Part("attention", 6 * attention, 6 * attention),
                        new ParameterCount.Part("dense networks", 3 * 256 * 768, 3 * 256 * 768),
                        new ParameterCount.Part("routers", 5 * 32 * 256, 5 * 32 * 256),
                        new ParameterCount.Part("routed experts", 5 * 32 * expert, 5 * 4 * expert),
                        new ParameterCount.Part("shared experts", 5 * expert, 5 * expert),
                        new ParameterCount.Part("norms", 6 * norms + 256, 6 * norms + 256),
                        new ParameterCount.Part(
                                "mtp",
                                attention + 33 * expert + 32 * 256 + 2 * 256 * 256 + norms + 3 * 256,
                                attention + 5 * expert + 32 * 256 + 2 * 256 * 256 + norms + 3 * 256));
    }

    /** Multiply-adds of one token, product by product. */
    @Test
    void picoModelFlops() {
        long attention = 256 * 8 * 64 + 256 * 256 + 513 * 256;
        long moe = 32 * 256 + 5 * 3 * 256 * 128;
        long head = 4096 * 256;
        long main = 6 * attention + 3 * 256 * 768 + 5 * moe + head;
        long mtp = 2 * 256 * 256 + attention + moe + head;
        ModelCost cost = ModelCost.of(preset("pico"), 512);
        assertThat(cost.modelForwardFlops()).isEqualTo(2 * (main + mtp));
        assertThat(cost.modelTrainingFlops()).isEqualTo(48_671_232L);
    }

    @Test
    void noMtpNoQkNormNoDenseLayerTiedHead() {
        ModelConfig model = new ModelConfig(
                10, 8, 16, 2, 2, 1, 4, 0.5, 10000, 1e-6, false, 4, 0, 2, 2, 1, 6, 0, 2.5, 0, 0, true, 0.02, 64);
        ParameterCount parameters = ParameterCount.of(model);
        long attention = 8 * (2 + 1 + 1) * 4 + 8 * 8;
        long expert = 3 * 8 * 6;
        assertThat(parameters.total()).isEqualTo(10 * 8 + 2 * (attention + 4 * 8 + 4 * expert + 2 * 8) + 8);
        assertThat(parameters.mtp().total()).isZero();
        assertThat(ModelCost.of(model, 3).modelForwardFlops())
                .isEqualTo(2 * (10 * 8 + 2 * (attention + 4 * 8 + 2 * expert + 4 * 8)));
    }

    @Test
    void aSequenceHasATokenAtLeast() {
        ModelConfig pico = preset("pico");
        assertThatThrownBy(() -> ModelCost.of(pico, 0)).hasMessage("sequenceLength must be at least 1, is 0");
    }
}
