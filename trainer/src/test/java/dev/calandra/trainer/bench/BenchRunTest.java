package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.laws.ModelCost;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BenchRunTest {

    /** A small relative of pico: surefire runs in the module's folder. */
    private static PretrainConfig config() {
        return Configs.load(
                        Path.of("..", "configs", "pico.yaml"),
                        List.of(
                                "model.hidden_size=32",
                                "model.num_hidden_layers=2",
                                "model.num_experts=8",
                                "model.moe_intermediate_size=16",
                                "model.intermediate_size=32",
                                "model.vocab_size=512",
                                "data.sequence_length=16",
                                "run.batch_size=2",
                                "run.threads=2"))
                .config();
    }

    @Test
    void figuresFollowFromTheMedianStep() {
        // The clock is read at both ends of each step; every interval is a quarter of a second.
        AtomicLong clock = new AtomicLong();
        BenchReport report = new BenchRun(config(), 3, () -> clock.addAndGet(250_000_000)).measure();
        assertThat(report.secondsPerStep()).isCloseTo(0.25, within(1e-12));
        assertThat(report.tokensPerStep()).isEqualTo(32);
        assertThat(report.tokensPerSecond()).isCloseTo(128, within(1e-9));
        assertThat(report.peakRssMib()).isBetween(20L, 1L << 20);
        assertThat(report.sgemmGflops()).isPositive();
        double flops = ModelCost.of(config().model(), 16).modelTrainingFlops() * report.tokensPerSecond();
        assertThat(report.modelFlopsShare()).isCloseTo(flops / (report.sgemmGflops() * 1e9), within(1e-12));
    }

    @Test
    void refusesToMeasureNothing() {
        assertThatThrownBy(() -> new BenchRun(config(), 0, System::nanoTime))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theMedianIgnoresOrderAndOutliers() {
        assertThat(BenchRun.median(new double[] {3, 1, 100})).isEqualTo(3);
        assertThat(BenchRun.median(new double[] {4, 1, 100, 2})).isEqualTo(3);
    }

    @Test
    void readsTheHighWaterMark() {
        assertThat(PeakMemory.highWaterMark(List.of("Name:\tjava", "VmHWM:\t  123456 kB", "VmRSS:\t 1 kB")))
                .isEqualTo(123456);
        assertThatThrownBy(() -> PeakMemory.highWaterMark(List.of("Name:\tjava")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void randomTokensDependOnTheirNumberAndStayInTheVocabulary() {
        RandomTokens tokens = new RandomTokens(100, 1000);
        PackedSequence sample = tokens.sample(5);
        assertThat(sample.tokens())
                .hasSize(1000)
                .isEqualTo(tokens.sample(5).tokens())
                .isNotEqualTo(tokens.sample(6).tokens());
        assertThat(sample.tokens()).satisfies(t -> assertThat(Arrays.stream(t)).allMatch(x -> x >= 0 && x < 100));
        assertThat(sample.target()).containsOnly(true);
    }
}
