package dev.calandra.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishedLawsTest {
    private static final double TOKENS = 20e12;

    /** Table 1 of the Ling 2.0 report follows from the law: the rates to the digits given, the batches to 4%. */
    @ParameterizedTest
    @CsvSource({
        "ling-mini-2.0,  1.34e23, 3.36e-4,  4400, 3.5",
        "ling-flash-2.0, 7.09e23, 2.61e-4,  8352, 0.5",
        "ling-1t,        6.44e24, 1.86e-4, 18144, 3.0"
    })
    void tableOfTheReport(String preset, double compute, double rate, int sequences, double batchPercent) {
        PretrainConfig config = Configs.load(Path.of("../configs/" + preset + ".yaml"), List.of())
                .config();
        HyperParameterLaw law = PublishedLaws.LING_MOE_HYPER_PARAMETERS;
        double c = ModelCost.of(config.model(), 4096).scalingLawTrainingFlops() * TOKENS;
        assertThat(c).isCloseTo(compute, withPercentage(0.5));
        assertThat(law.learningRate().at(c)).isCloseTo(rate, withPercentage(0.5));
        assertThat(law.batchTokens().at(c) / 4096).isCloseTo(sequences, withPercentage(batchPercent));
        assertThat(law.extrapolatesAt(c)).isTrue();
        assertThat(config.optimizer().learningRate()).isEqualTo(rate);
        assertThat(config.run().batchSize()).isEqualTo(sequences);
    }

    @Test
    void allocationSpendsTheWholeBudget() {
        for (AllocationLaw law : List.of(PublishedLaws.LING_MOE_ALLOCATION, PublishedLaws.LING_DENSE_ALLOCATION)) {
            for (double compute : new double[] {3e17, 1e20, 1e24}) {
                assertThat(law.flopsPerToken().at(compute) * law.tokens().at(compute))
                        .describedAs("%s at %s", law, compute)
                        .isCloseTo(compute, withPercentage(0.1));
            }
        }
    }

    @Test
    void rangeOfTheFit() {
        HyperParameterLaw law = PublishedLaws.LING_MOE_HYPER_PARAMETERS;
        assertThat(law.extrapolatesAt(1e17)).isTrue();
        assertThat(law.extrapolatesAt(1e19)).isFalse();
        assertThat(law.extrapolatesAt(1e21)).isTrue();
    }

    @Test
    void powerLawsOfNonsenseAreRefused() {
        assertThatThrownBy(() -> new PowerLaw(0, 1)).hasMessage("no power law has coefficient 0.0 and exponent 1.0");
        assertThatThrownBy(() -> new PowerLaw(1, 1).at(0)).hasMessage("a power law has no value at 0.0");
    }
}
