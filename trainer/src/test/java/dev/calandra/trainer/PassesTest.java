package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.data.SampleStream;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.run.Progress.Batch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
        public String fingerprint() {
            return "numbers";
        }
    };

    @TempDir
    private Path folder;

    private static List<List<Integer>> firstTokens(List<TokenBatch> passes) {
        return passes.stream()
                .map(pass -> Arrays.stream(pass.ids()).boxed().distinct().toList())
                .toList();
    }

    @Test
    void cutsFreshAndRetriedBatchesAlike() throws IOException {
        PretrainConfig config = new TinyRun(folder).config("run").config();
        try (Passes passes = new Passes(config, NUMBERS, 8)) {
            assertThat(firstTokens(passes.of(new Batch(8, false)))).isEqualTo(List.of(List.of(8, 9), List.of(10, 11)));
            assertThat(firstTokens(passes.of(new Batch(0, true)))).isEqualTo(List.of(List.of(0, 1), List.of(2, 3)));
            assertThat(firstTokens(passes.of(new Batch(12, false))))
                    .isEqualTo(List.of(List.of(12, 13), List.of(14, 15)));
        }
    }
}
