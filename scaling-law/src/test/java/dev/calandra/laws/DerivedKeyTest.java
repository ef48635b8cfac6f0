package dev.calandra.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.AutoValues;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.SweepFile;
import dev.calandra.configs.SweepPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DerivedKeyTest {
    private static final AutoValues NOBODY = (config, batchSize, tokens) -> {
        throw new AssertionError("nothing here says auto");
    };

    @TempDir
    private Path folder;

    private SweepPoint point(String settings) throws IOException {
        Path file = folder.resolve("sweep.yaml");
        Files.writeString(file, "base: ../configs/pico.yaml\ndirectory: runs\nset: {" + settings + "}\n");
        return SweepFile.read(file).points().getFirst();
    }

    private PretrainConfig derive(String settings) throws IOException {
        SweepPoint point = point(settings);
        return point.load(DerivedKey.resolve(point, List.of(), NOBODY), List.of(), NOBODY)
                .config();
    }

    /** Counted in steps, the tokens would move with the batch, and a law whose batch grows nearly as tokens do would run away. */
    @Test
    void aBudgetBesideABatchThatALawChoosesStaysABudgetOfTokens() throws IOException {
        AutoValues law = (config, batchSize, tokens) ->
                new AutoValues.Chosen(1e-3, tokens.map(known -> 24).orElse(1000), "a law");
        SweepPoint point = point("derive.tokens: 1e6, run.batch_size: auto, derive.warmup_share: 0.1");

        PretrainConfig config = point.load(DerivedKey.resolve(point, List.of(), law), List.of(), law)
                .config();

        assertThat(config.run().batchSize()).isEqualTo(24);
        int perStep = 24 * config.data().sequenceLength();
        assertThat(config.run().steps()).isEqualTo((int) Math.ceil(1e6 / perStep));
        assertThat(config.optimizer().schedule().warmupSteps())
                .isEqualTo(Math.round(0.1f * config.run().steps()));
    }

    @Test
    void aLadderKeepsTheProportionsOfItsBase() throws IOException {
        ModelConfig model = derive("derive.width: 192, derive.depth: 5").model();

        assertThat(model.hiddenSize()).isEqualTo(192);
        assertThat(model.numHiddenLayers()).isEqualTo(5);
        assertThat(model.numAttentionHeads()).isEqualTo(3);
        // pico has two query heads for each key-value head; three heads leave only one or three.
        assertThat(model.numKeyValueHeads()).isEqualTo(1);
        assertThat(model.intermediateSize()).isEqualTo(576);
        assertThat(model.moeIntermediateSize()).isEqualTo(96);
    }

    @Test
    void budgetsBecomeSteps() throws IOException {
        PretrainConfig config = derive("derive.tokens: 1e6, derive.batch_tokens: 2000, derive.warmup_share: 0.05");

        assertThat(config.run().batchSize()).isEqualTo(4);
        assertThat(config.run().steps()).isEqualTo(488);
        assertThat(config.optimizer().schedule().warmupSteps()).isEqualTo(24);
    }

    @Test
    void bothConventionsOfComputeAreMetWithinHalfAStep() throws IOException {
        PretrainConfig ling = derive("derive.scaling_law_flops: 1e15");
        ModelCost cost = ModelCost.of(ling.model(), ling.data().sequenceLength());
        double perStep = (double) cost.scalingLawTrainingFlops() * ling.tokensPerStep();
        assertThat(cost.scalingLawTrainingFlops() * (double) ling.totalTokens())
                .isBetween(1e15 - perStep / 2, 1e15 + perStep / 2);

        PretrainConfig six = derive("derive.six_nd_flops: 1e15, derive.width: 128");
        double perToken = 6.0 * ParameterCount.of(six.model()).active();
        assertThat(perToken * six.totalTokens())
                .isBetween(1e15 - perToken * six.tokensPerStep() / 2, 1e15 + perToken * six.tokensPerStep() / 2);

        PretrainConfig ratio = derive("derive.tokens_per_parameter: 2");
        assertThat((double) ratio.totalTokens())
                .isCloseTo(
                        2.0 * ParameterCount.of(ratio.model()).active(),
                        org.assertj.core.data.Offset.offset(ratio.tokensPerStep() / 2.0));
    }

    @Test
    void mistakesAreNamedAtTheirLine() {
        assertThatThrownBy(() -> derive("derive.token: 5"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("sweep.yaml:3: derive.token: unknown derived key; known are depth, width");
        assertThatThrownBy(() -> derive("derive.width: 100"))
                .hasMessageContaining(
                        "derive.width: not a multiple of model.head_dim (100 of 64); write one, such as 64");
        assertThatThrownBy(() -> derive("derive.tokens: 1e6, derive.six_nd_flops: 1e15"))
                .hasMessageContaining("a second budget beside derive.tokens; keep one");
        assertThatThrownBy(() -> derive("derive.depth: 2.5")).hasMessageContaining("not a whole number (2.5)");
        assertThatThrownBy(() -> derive("derive.warmup_share: 1.5")).hasMessageContaining("not a share (1.5)");
        assertThatThrownBy(() -> derive("derive.tokens: 1e30")).hasMessageContaining("a run has at most");
    }
}
