package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.data.SampleStream;
import dev.calandra.trainer.parallel.Ranks;
import dev.calandra.trainer.run.ConsumedData;
import dev.calandra.trainer.run.Progress.Batch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassesTest {

    /** Sample n is token n, over and over. */
    private static final SampleStream NUMBERS = new SampleStream() {
        @Override
        public PackedSequence sample(long index) {
            int[] tokens = new int[26];
            Arrays.fill(tokens, (int) index);
            return new PackedSequence(tokens, new int[26], new boolean[26]);
        }

        @Override
        public String source(long index) {
            return index % 2 == 0 ? "even" : "odd";
        }

        @Override
        public String fingerprint() {
            return "numbers";
        }
    };

    @TempDir
    private Path folder;

    private static List<List<Integer>> firstTokens(Passes.Drawn drawn) {
        return drawn.passes().stream()
                .map(pass -> Arrays.stream(pass.ids()).boxed().distinct().toList())
                .toList();
    }

    @Test
    void cutsFreshAndRetriedBatchesAlike() throws IOException {
        PretrainConfig config = new TinyRun(folder).config("run").config();
        ConsumedData consumed = new ConsumedData();
        try (Passes passes = new Passes(config, NUMBERS, 8, consumed, Ranks.single(config), System::nanoTime)) {
            assertThat(firstTokens(passes.of(new Batch(8, false)))).isEqualTo(List.of(List.of(8, 9), List.of(10, 11)));
            assertThat(firstTokens(passes.of(new Batch(0, true)))).isEqualTo(List.of(List.of(0, 1), List.of(2, 3)));
            assertThat(firstTokens(passes.of(new Batch(12, false))))
                    .isEqualTo(List.of(List.of(12, 13), List.of(14, 15)));
        }
        // A batch that is tried again was counted when it was fresh.
        assertThat(consumed.bySource())
                .containsOnly(
                        Map.entry("even", new ConsumedData.Amount(4, 96)),
                        Map.entry("odd", new ConsumedData.Amount(4, 96)));
    }
}
