package dev.calandra.laws.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What ranks need beside what one has; a single rank's memory is held against a real step in the trainer's tests. */
class RankMemoryTest {

    @Test
    void messagesAreTheLargestTensorsOfThoseWhoSumThem() {
        PretrainConfig pico =
                Configs.load(Path.of("..", "configs", "pico.yaml"), List.of()).config();
        assertThat(RankMemory.of(pico, Layout.SINGLE).messages()).isZero();
        // Embeddings of 4096 x 256, over two ranks, behind a million other elements; experts have one holder.
        double shared = 4 * (2.0 * (1 << 20)) * 2.5;
        assertThat(RankMemory.of(pico, new Layout(2, 2)).messages()).isCloseTo(shared, within(1.0));
        // And gate and up of 32 experts of 128 x 256.
        double experts = 4 * (32 * 2 * 128 * 256 + (1 << 20)) * 2.5;
        assertThat(RankMemory.of(pico, new Layout(2, 1)).messages()).isCloseTo(shared + experts, within(1.0));
        assertThat(RankMemory.of(pico, new Layout(2, 1)).total(false))
                .isGreaterThan(RankMemory.of(pico, Layout.SINGLE).total(false) / 2 + shared + experts);
    }
}
