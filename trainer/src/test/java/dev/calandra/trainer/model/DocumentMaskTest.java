package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.Recipe;
import dev.calandra.data.PackedSequence;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.recipe.HealthProbe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Documents that share a sequence do not see each other. */
class DocumentMaskTest {
    private static final int SEQUENCE = 40;

    /** All products have the same shape whatever the tokens are, so that equal means equal bits. */
    private static final ModelConfig DENSE = SmallModels.config(2, 0, false);

    /** The number of rows that an expert gets depends on all tokens, and the order of its sums on that. */
    private static final ModelConfig EXPERTS = SmallModels.config();

    /** Lengths of three documents; the second is the one that is looked at. */
    private record Layout(int before, int own) {
        int end() {
            return before + own;
        }
    }

    private static int[] tokens(long seed, int count) {
        return new Random(seed).ints(count, 0, DENSE.vocabSize()).toArray();
    }

    /** The documents of a window, the outer two filled by a seed. */
    private static PackedSequence window(Layout layout, int[] own, long others, int lookahead) {
        int length = SEQUENCE + lookahead;
        int[] tokens = tokens(others, length);
        System.arraycopy(own, 0, tokens, layout.before(), own.length);
        int[] documentStart = new int[length];
        Arrays.fill(documentStart, layout.before(), layout.end(), layout.before());
        Arrays.fill(documentStart, layout.end(), length, layout.end());
        boolean[] target = new boolean[length];
        Arrays.fill(target, true);
        return new PackedSequence(tokens, documentStart, target);
    }

    /** Every hidden state and loss of the own document's tokens, by layer; the losses stand under -1. */
    private static Map<Integer, List<float[]>> outputs(LingModel model, Layout layout, int[] own, long others) {
        int mtp = model.config().numNextnPredictLayers();
        TokenBatch batch = TokenBatch.of(List.of(window(layout, own, others, 1 + mtp)), SEQUENCE, mtp);
        Map<Integer, List<float[]>> outputs = new TreeMap<>();
        ForwardObserver observer = new ForwardObserver() {
            @Override
            public void hiddenState(int index, Tensor hTD) {
                float[] values = hTD.toFloats();
                int width = values.length / SEQUENCE;
                // The MTP layer's last token of the document reads the next document's first: it has no target there.
                int end = index > model.config().numHiddenLayers() ? layout.end() - 1 : layout.end();
                List<float[]> rows = new ArrayList<>();
                for (int j = layout.before(); j < end; j++) {
                    rows.add(Arrays.copyOfRange(values, j * width, (j + 1) * width));
                }
                outputs.put(index, rows);
            }
        };
        model.forwardBackward(batch, LossScale.of(List.of(batch)), observer, HealthProbe.NONE);
        float[] losses = model.evaluate(batch).tokenLosses();
        outputs.put(-1, List.of(Arrays.copyOfRange(losses, layout.before(), layout.end() - 1)));
        return outputs;
    }

    private static void assertClose(
            Map<Integer, List<float[]>> actual, Map<Integer, List<float[]>> expected, float limit) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet()).hasSizeGreaterThan(3);
        expected.forEach((layer, rows) -> {
            assertThat(actual.get(layer)).hasSameSizeAs(rows);
            for (int j = 0; j < rows.size(); j++) {
                float[] row = actual.get(layer).get(j);
                for (int i = 0; i < row.length; i++) {
                    assertThat(Math.abs(row[i] - rows.get(j)[i]))
                            .as("layer %d, token %d", layer, j)
                            .isLessThanOrEqualTo(limit);
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(Recipe.class)
    void aTokensOutputDoesNotChangeWhenItsNeighboursDocumentDoes(Recipe recipe) {
        SmallModels.with(DENSE, EngineRecipe.of(recipe), 2, model -> {
            for (Layout layout : List.of(new Layout(13, 17), new Layout(1, 5), new Layout(33, 7))) {
                int[] own = tokens(1, layout.own());
                assertClose(outputs(model, layout, own, 2), outputs(model, layout, own, 3), 0);
            }
        });
    }

    @Test
    void norWithExpertsUpToTheOrderOfSums() {
        SmallModels.with(EXPERTS, EngineRecipe.of(Recipe.FP32), 2, model -> {
            for (Layout layout : List.of(new Layout(13, 17), new Layout(1, 5), new Layout(33, 7))) {
                int[] own = tokens(1, layout.own());
                assertClose(outputs(model, layout, own, 2), outputs(model, layout, own, 3), 1e-5f);
            }
        });
    }

    /** Positions begin anew at a document: where it stands in the sequence does not matter. */
    @Test
    void aDocumentGivesTheSameOutputWhereverItStands() {
        SmallModels.with(EXPERTS, EngineRecipe.of(Recipe.FP32), 2, model -> {
            int[] own = tokens(1, 12);
            assertClose(outputs(model, new Layout(17, 12), own, 2), outputs(model, new Layout(2, 12), own, 3), 1e-5f);
        });
    }
}
