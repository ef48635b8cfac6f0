package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.DataException;
import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.Recipe;
import dev.calandra.data.PackedSequence;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LingModelTest {

    private static final dev.calandra.engine.recipe.Recipe FP32 = EngineRecipe.of(Recipe.FP32);

    @Test
    void passesOfAStepAddUpToTheWholeBatch() {
        ModelConfig config = SmallModels.config();
        TokenBatch whole = SmallModels.batch(config, 4, 9, 1);
        List<TokenBatch> halves = List.of(part(whole, 0), part(whole, 2));
        List<float[]> expected = new ArrayList<>();
        SmallModels.with(config, FP32, 2, model -> {
            Losses losses = model.forwardBackward(whole, LossScale.of(List.of(whole)));
            assertThat(losses.mainTokens()).isEqualTo(whole.validTargets(0));
            assertThat(losses.mtpTokens()).isEqualTo(whole.validTargets(1));
            model.parameters().forEach(p -> expected.add(p.gradient().toFloats()));
        });
        SmallModels.with(config, FP32, 2, model -> {
            LossScale scale = LossScale.of(halves);
            halves.forEach(half -> model.forwardBackward(half, scale));
            for (int p = 0; p < expected.size(); p++) {
                // Only the order of the sums over tokens differs.
                assertThat(model.parameters().get(p).gradient().toFloats())
                        .as(model.parameters().get(p).name())
                        .containsExactly(expected.get(p), within(2e-6f));
            }
        });
    }

    private static TokenBatch part(TokenBatch whole, int fromSequence) {
        int from = fromSequence * whole.sequence();
        int to = from + 2 * whole.sequence();
        return new TokenBatch(
                2,
                whole.sequence(),
                Arrays.copyOfRange(whole.ids(), from, to),
                Arrays.copyOfRange(whole.documentStart(), from, to),
                rows(whole.inputIds(), from, to),
                rows(whole.targets(), from, to));
    }

    private static int[][] rows(int[][] rows, int from, int to) {
        int[][] parts = new int[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            parts[i] = Arrays.copyOfRange(rows[i], from, to);
        }
        return parts;
    }

    @ParameterizedTest
    @EnumSource(Recipe.class)
    void theNumberOfThreadsChangesNoBit(Recipe recipe) {
        ModelConfig config = SmallModels.config();
        TokenBatch batch = SmallModels.batch(config, 2, 20, 2);
        List<List<float[]>> runs = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            List<float[]> bits = new ArrayList<>();
            SmallModels.with(config, EngineRecipe.of(recipe), threads, model -> {
                Losses losses = model.forwardBackward(batch, LossScale.of(List.of(batch)));
                bits.add(new float[] {(float) losses.main(), (float) losses.mtp()});
                model.parameters().forEach(p -> bits.add(p.gradient().toFloats()));
            });
            runs.add(bits);
        }
        for (int i = 0; i < runs.getFirst().size(); i++) {
            assertThat(runs.get(1).get(i)).containsExactly(runs.get(0).get(i));
        }
    }

    @ParameterizedTest
    @EnumSource(Recipe.class)
    void evaluationGivesTheTrainingLoss(Recipe recipe) {
        ModelConfig config = SmallModels.config();
        TokenBatch batch = SmallModels.batch(config, 2, 11, 3);
        SmallModels.with(config, EngineRecipe.of(recipe), 2, model -> {
            Losses evaluated = model.evaluate(batch);
            Losses trained = model.forwardBackward(batch, LossScale.of(List.of(batch)));
            assertThat(evaluated.main()).isEqualTo(trained.main());
            assertThat(evaluated.tokenLosses()).hasSize(batch.tokens());
            double sum = 0;
            for (int t = 0; t < batch.tokens(); t++) {
                assertThat(evaluated.tokenLosses()[t] > 0).isEqualTo(batch.targets()[0][t] >= 0);
                sum += evaluated.tokenLosses()[t];
            }
            assertThat(sum).isCloseTo(evaluated.main(), within(1e-9 * sum));
        });
    }

    @Test
    void aDocumentDoesNotSeeItsNeighbours() {
        ModelConfig config = SmallModels.config();
        Random random = new Random(4);
        int[] tokens = random.ints(21, 0, config.vocabSize()).toArray();
        boolean[] target = new boolean[21];
        Arrays.fill(target, true);
        int[] starts = new int[21];
        Arrays.fill(starts, 8, 21, 8);
        PackedSequence packed = new PackedSequence(tokens, starts, target);
        PackedSequence alone =
                new PackedSequence(Arrays.copyOfRange(tokens, 8, 21), new int[13], Arrays.copyOfRange(target, 8, 21));
        SmallModels.with(config, FP32, 1, model -> {
            float[] together =
                    model.evaluate(TokenBatch.of(List.of(packed), 20, 0)).tokenLosses();
            float[] apart = model.evaluate(TokenBatch.of(List.of(alone), 12, 0)).tokenLosses();
            assertThat(together[7])
                    .as("the last token of the first document predicts nothing")
                    .isZero();
            assertThat(Arrays.copyOfRange(together, 8, 20)).containsExactly(apart, within(2e-6f));
        });
    }

    @Test
    void loadsCountEveryChoiceOfTrainingOnly() {
        ModelConfig config = SmallModels.config();
        TokenBatch batch = SmallModels.batch(config, 2, 10, 5);
        SmallModels.with(config, FP32, 1, model -> {
            model.evaluate(batch);
            model.forwardBackward(batch, LossScale.of(List.of(batch)));
            model.forwardBackward(batch, LossScale.of(List.of(batch)));
            List<RouterLoad> loads = model.routerLoads();
            assertThat(loads).extracting(RouterLoad::layer).containsExactly("model.layers.1", "model.layers.2");
            for (RouterLoad load : loads) {
                assertThat(Arrays.stream(load.counts()).sum())
                        .isEqualTo(2L * batch.tokens() * config.numExpertsPerTok());
                assertThat(load.expertBias().name()).isEqualTo(load.layer() + ".mlp.gate.expert_bias");
            }
            assertThat(model.routerLoads().getFirst().counts())
                    .as("asking changes nothing")
                    .containsExactly(loads.getFirst().counts());
            model.resetRouterLoads();
            assertThat(model.routerLoads().getFirst().counts()).containsOnly(0);
        });
    }

    @ParameterizedTest
    @EnumSource(Recipe.class)
    void layersThatAreComputedAgainGiveTheSameBitsInLessMemory(Recipe recipe) {
        ModelConfig config = SmallModels.config();
        TokenBatch batch = SmallModels.batch(config, 4, 40, 7);
        List<List<float[]>> results = new ArrayList<>();
        List<Long> peaks = new ArrayList<>();
        for (Activations activations : Activations.values()) {
            try (TensorMemory memory = new TensorMemory(true);
                    Kernels kernels = new CpuKernels(2);
                    LingModel model = new LingModel(config, EngineRecipe.of(recipe), kernels, memory, activations)) {
                model.initialise(11);
                List<float[]> bits = new ArrayList<>();
                Losses losses = model.forwardBackward(batch, LossScale.of(List.of(batch)));
                bits.add(new float[] {(float) losses.main(), (float) losses.mtp()});
                model.parameters().forEach(p -> bits.add(p.gradient().toFloats()));
                model.routerLoads().forEach(load -> bits.add(floats(load.counts())));
                results.add(bits);
                peaks.add(memory.peakBytes());
            }
        }
        for (int i = 0; i < results.getFirst().size(); i++) {
            assertThat(results.get(1).get(i)).containsExactly(results.get(0).get(i));
        }
        assertThat(peaks.get(1)).isLessThan(peaks.get(0));
    }

    private static float[] floats(long[] counts) {
        float[] floats = new float[counts.length];
        for (int i = 0; i < counts.length; i++) {
            floats[i] = counts[i];
        }
        return floats;
    }

    @Test
    void publishedNamesCoverEveryRowOnce() {
        SmallModels.with(SmallModels.config(), FP32, 1, model -> {
            Set<String> names = new HashSet<>();
            for (Parameter parameter : model.parameters()) {
                int row = 0;
                for (Part part : parameter.parts()) {
                    assertThat(names.add(part.huggingFaceName()))
                            .as(part.huggingFaceName())
                            .isTrue();
                    assertThat(part.fromRow()).as(part.huggingFaceName()).isEqualTo(row);
                    assertThat(Parameter.rows(parameter.value(), part).size())
                            .as(part.huggingFaceName())
                            .isEqualTo(Tensor.size(part.shape()));
                    row = part.toRow();
                }
                assertThat(row).as(parameter.name()).isEqualTo(rows(parameter));
            }
            assertThat(names).contains("model.layers.2.eh_proj.weight", "model.layers.1.mlp.experts.7.up_proj.weight");
        });
    }

    private static int rows(Parameter parameter) {
        return parameter.decayed()
                ? parameter.value().rows()
                : (int) parameter.value().size();
    }

    @Test
    void initialWeightsAreNormalAndNormsAreOne() {
        SmallModels.with(SmallModels.config(), FP32, 1, model -> {
            for (Parameter parameter : model.parameters()) {
                float[] values = parameter.value().toFloats();
                if (!parameter.decayed()) {
                    assertThat(values).as(parameter.name()).containsOnly(1);
                    continue;
                }
                double squares = 0;
                for (float v : values) {
                    squares += v * v;
                }
                double deviation = Math.sqrt(squares / values.length);
                double error = 5 * 0.05 / Math.sqrt(2.0 * values.length);
                assertThat(deviation).as(parameter.name()).isCloseTo(0.05, within(error));
            }
            float[] first = model.parameters().getFirst().value().toFloats();
            model.initialise(11);
            assertThat(model.parameters().getFirst().value().toFloats()).containsExactly(first);
            model.initialise(12);
            assertThat(model.parameters().getFirst().value().toFloats()).isNotEqualTo(first);
        });
    }

    @Test
    void aTiedHeadGathersBothGradients() {
        ModelConfig tied = SmallModels.config(2, 0, true);
        TokenBatch batch = SmallModels.batch(tied, 1, 8, 6);
        SmallModels.with(tied, FP32, 1, model -> {
            assertThat(model.parameters()).extracting(Parameter::name).doesNotContain("lm_head.weight");
            model.forwardBackward(batch, LossScale.of(List.of(batch)));
            Parameter table = model.parameters().getFirst();
            int unread = unread(batch, tied.vocabSize());
            float[] gradient = table.gradient().slice(unread, unread + 1).toFloats();
            assertThat(gradient)
                    .as("a token that is not in the batch is still an output")
                    .isNotEqualTo(new float[40]);
        });
    }

    private static int unread(TokenBatch batch, int vocabulary) {
        Set<Integer> read = new HashSet<>();
        Arrays.stream(batch.ids()).forEach(read::add);
        for (int token = 0; token < vocabulary; token++) {
            if (!read.contains(token)) {
                return token;
            }
        }
        throw new IllegalStateException("every token occurs");
    }

    @Test
    void aTokenOutsideTheVocabularyIsNamed() {
        ModelConfig config = SmallModels.config();
        SmallModels.with(
                config,
                FP32,
                1,
                model -> assertThatThrownBy(() ->
                                model.evaluate(TokenBatch.huggingFace(new int[] {1, 61}, new int[] {1, 2}, 1, 2, 1)))
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("token 61 at position 1")
                        .hasMessageContaining("vocabulary of 61"));
    }

    @Test
    void modelsWithoutQueryAndKeyNormsAreRefused() {
        ModelConfig c = SmallModels.config();
        ModelConfig without = new ModelConfig(
                c.vocabSize(),
                c.hiddenSize(),
                c.intermediateSize(),
                c.numHiddenLayers(),
                c.numAttentionHeads(),
                c.numKeyValueHeads(),
                c.headDim(),
                c.partialRotaryFactor(),
                c.ropeTheta(),
                c.rmsNormEps(),
                false,
                c.numExperts(),
                c.numSharedExperts(),
                c.numExpertsPerTok(),
                c.nGroup(),
                c.topkGroup(),
                c.moeIntermediateSize(),
                c.firstKDenseReplace(),
                c.routedScalingFactor(),
                c.numNextnPredictLayers(),
                c.mtpLossScalingFactor(),
                c.tieWordEmbeddings(),
                c.initializerRange(),
                c.maxPositionEmbeddings());
        assertThatThrownBy(() -> SmallModels.with(without, FP32, 1, model -> {}))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("model.use_qk_norm: false is not supported");
    }
}
