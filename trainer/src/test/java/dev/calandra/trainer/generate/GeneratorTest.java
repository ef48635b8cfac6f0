package dev.calandra.trainer.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.DataException;
import dev.calandra.configs.Recipe;
import dev.calandra.trainer.model.EngineRecipe;
import dev.calandra.trainer.model.KeyValueCache;
import dev.calandra.trainer.model.SmallModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GeneratorTest {

    private static final int[] PROMPT = {3, 14, 15, 9, 26};

    @ParameterizedTest
    @EnumSource(Recipe.class)
    void theCacheChangesNothing(Recipe recipe) {
        int[] tokens = new Random(1).ints(20, 0, SmallModels.VOCABULARY).toArray();
        SmallModels.with(SmallModels.config(), EngineRecipe.of(recipe), 2, model -> {
            try (KeyValueCache cache = model.newCache(tokens.length)) {
                int read = 0;
                for (int piece : new int[] {7, 1, 1, 3, 1, 7}) {
                    float[] cached = model.nextLogits(Arrays.copyOfRange(tokens, read, read + piece), cache);
                    read += piece;
                    try (KeyValueCache fresh = model.newCache(read)) {
                        float[] whole = model.nextLogits(Arrays.copyOf(tokens, read), fresh);
                        // Attention sums over keys in another order; low precision may round such a difference up.
                        float tolerance = recipe == Recipe.FP32 ? 1e-6f : 2e-3f;
                        assertThat(cached).as("after %d tokens", read).containsExactly(whole, within(tolerance));
                    }
                }
            }
        });
    }

    @Test
    void theSameSeedGivesTheSameTokens() {
        SmallModels.with(SmallModels.config(), EngineRecipe.of(Recipe.FP32), 1, model -> {
            Generator generator = new Generator(model);
            List<Integer> told = new ArrayList<>();
            Sampling sampling = new Sampling(1, 0, 1, 5);
            int[] first = generator.generate(PROMPT, 12, sampling, OptionalInt.empty(), told::add);
            assertThat(first).hasSize(12);
            assertThat(told)
                    .containsExactlyElementsOf(Arrays.stream(first).boxed().toList());
            assertThat(generator.generate(PROMPT, 12, sampling, OptionalInt.empty(), token -> {}))
                    .containsExactly(first);
            Sampling other = new Sampling(1, 0, 1, 6);
            assertThat(generator.generate(PROMPT, 12, other, OptionalInt.empty(), token -> {}))
                    .isNotEqualTo(first);
        });
    }

    @Test
    void aStopTokenEndsTheSequence() {
        SmallModels.with(SmallModels.config(), EngineRecipe.of(Recipe.FP32), 1, model -> {
            Generator generator = new Generator(model);
            Sampling sampling = new Sampling(1, 0, 1, 5);
            int[] all = generator.generate(PROMPT, 12, sampling, OptionalInt.empty(), token -> {});
            int stop = all[4];
            int end = Arrays.stream(all).boxed().toList().indexOf(stop);
            assertThat(generator.generate(PROMPT, 12, sampling, OptionalInt.of(stop), token -> {}))
                    .containsExactly(Arrays.copyOf(all, end));
        });
    }

    @Test
    void promptsThatCannotBeContinuedAreRefused() {
        SmallModels.with(SmallModels.config(), EngineRecipe.of(Recipe.FP32), 1, model -> {
            Generator generator = new Generator(model);
            assertThatThrownBy(() ->
                            generator.generate(new int[0], 3, Sampling.greedy(), OptionalInt.empty(), token -> {}))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("prompt is empty");
            assertThatThrownBy(
                            () -> generator.generate(PROMPT, 60, Sampling.greedy(), OptionalInt.empty(), token -> {}))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("5 tokens and 60 more do not fit the model's 64 positions");
        });
    }

    @Test
    void onlyTheKeptTokensAreDrawn() {
        float[] logits = {0, 3, 1, 3, 2};
        assertThat(Sampling.greedy().draw(logits, 0))
                .as("ties go to the lower token")
                .isEqualTo(1);
        int[] topTwo = counts(new Sampling(1, 2, 1, 1), logits);
        assertThat(topTwo).containsExactly(0, topTwo[1], 0, topTwo[3], 0);
        assertThat(topTwo[1]).isBetween(450, 550);
        // Probabilities 0.40 and 0.40, then 0.15, 0.05, 0.02: three tokens are needed for 0.9.
        int[] nucleus = counts(new Sampling(1, 0, 0.9, 1), logits);
        assertThat(nucleus[0] + nucleus[2]).isZero();
        assertThat(nucleus[4]).isBetween(110, 210);
        int[] cold = counts(new Sampling(0.1, 0, 1, 1), logits);
        assertThat(cold[4]).isZero();
    }

    private static int[] counts(Sampling sampling, float[] logits) {
        int[] counts = new int[logits.length];
        for (int i = 0; i < 1000; i++) {
            counts[sampling.draw(logits, i)]++;
        }
        return counts;
    }

    @Test
    void settingsOutOfRangeAreNamed() {
        assertThatThrownBy(() -> new Sampling(-1, 0, 1, 0))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("temperature: out of range (-1.0)");
        assertThatThrownBy(() -> new Sampling(1, -1, 1, 0)).hasMessageContaining("top_k: out of range (-1)");
        assertThatThrownBy(() -> new Sampling(1, 0, 0, 0)).hasMessageContaining("top_p: out of range (0.0)");
    }
}
