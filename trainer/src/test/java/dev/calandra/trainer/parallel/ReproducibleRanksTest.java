package dev.calandra.trainer.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.collective.LocalCommunicator;
import dev.calandra.trainer.model.Buffer;
import dev.calandra.trainer.model.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs with {@code parallel.reproducible_ranks}: losses, norms and weights are those of one rank, bit for bit. */
@Timeout(240)
class ReproducibleRanksTest {

    @TempDir
    private static Path folder;

    /** Loss, MTP loss and norm of each step; at the end, the rows that a rank owns, their moments, and the expert biases. */
    private record Run(double[][] curve, Map<String, float[]> rows, List<float[]> biases) {}

    private static Run train(SmallTraining training, int steps) {
        double[][] curve = training.train(steps);
        Map<String, float[]> rows = new TreeMap<>();
        training.learner().optimizer().moments().forEach(moments -> {
            Parameter parameter = moments.parameter();
            RowRange owned = moments.rows();
            add(rows, parameter, owned, "weight", parameter.rows(parameter.value(), owned));
            add(rows, parameter, owned, "first moment", moments.first());
            add(rows, parameter, owned, "second moment", moments.second());
        });
        List<float[]> biases = training.learner().model().buffers().stream()
                .map(Buffer::value)
                .map(Tensor::toFloats)
                .toList();
        return new Run(curve, rows, biases);
    }

    private static void add(
            Map<String, float[]> rows, Parameter parameter, RowRange owned, String what, Tensor values) {
        for (int row = 0; row < values.rows(); row++) {
            long number = parameter.firstRow() + owned.from() + row;
            rows.put(
                    "%s of %s, row %d".formatted(what, parameter.name(), number),
                    values.slice(row, row + 1).toFloats());
        }
    }

    private static Run train(int ranks, int experts, int steps, List<String> sets) throws IOException {
        PretrainConfig config = config(experts, sets);
        List<Run> runs = LocalCommunicator.run(ranks, world -> SmallTraining.on(world, config, t -> train(t, steps)));
        Map<String, float[]> rows = new TreeMap<>();
        for (Run run : runs) {
            assertThat(run.curve()).isDeepEqualTo(runs.getFirst().curve());
            rows.putAll(run.rows());
        }
        return new Run(runs.getFirst().curve(), rows, runs.getFirst().biases());
    }

    private static PretrainConfig config(int experts, List<String> sets) throws IOException {
        List<String> all = new ArrayList<>(sets);
        all.add("parallel.expert=" + experts);
        return SmallTraining.config(folder, all.toArray(String[]::new));
    }

    private static void requireSame(Run expected, Run actual) {
        assertThat(actual.curve()).isDeepEqualTo(expected.curve());
        assertThat(actual.rows().keySet()).isEqualTo(expected.rows().keySet());
        expected.rows()
                .forEach((row, values) ->
                        assertThat(actual.rows().get(row)).as(row).containsExactly(values));
        for (int layer = 0; layer < expected.biases().size(); layer++) {
            assertThat(actual.biases().get(layer))
                    .containsExactly(expected.biases().get(layer));
        }
    }

    private static List<String> sets(int sequences, String... more) {
        List<String> sets = new ArrayList<>(List.of("parallel.reproducible_ranks=4", "run.batch_size=" + sequences));
        sets.addAll(List.of(more));
        return sets;
    }

    /** Parts of two passes each. */
    @ParameterizedTest
    @ValueSource(strings = {"fp32", "bf16", "fp8_blockwise"})
    void threeStepsAreThoseOfOneRank(String recipe) throws IOException {
        List<String> sets = sets(8, "precision.recipe=" + recipe, "run.micro_batch_size=1");
        Run one = train(1, 1, 3, sets);
        requireSame(one, train(2, 1, 3, sets));
        requireSame(one, train(2, 2, 3, sets));
        requireSame(one, train(4, 2, 3, sets));
    }

    @Test
    void routersLearnToBeLevelAsOnOneRank() throws IOException {
        List<String> sets = sets(
                8, "run.micro_batch_size=1", "balance.sequence_loss_weight=0.1", "balance.router_z_loss_weight=0.01");
        Run one = train(1, 1, 3, sets);
        requireSame(one, train(2, 1, 3, sets));
        requireSame(one, train(4, 2, 3, sets));
        List<Double> losses = routerLosses(1, 1, sets);
        assertThat(losses).hasSize(2 * 3).allSatisfy(loss -> assertThat(loss).isPositive());
        assertThat(routerLosses(2, 1, sets)).isEqualTo(losses);
        assertThat(routerLosses(4, 2, sets)).isEqualTo(losses);
    }

    /** Both losses of each layer in a first step. */
    private static List<Double> routerLosses(int ranks, int experts, List<String> sets) throws IOException {
        PretrainConfig config = config(experts, sets);
        return LocalCommunicator.run(
                        ranks,
                        world -> SmallTraining.on(world, config, training -> {
                            training.learner().backward(training.batch(0));
                            return training.learner().balance().values().stream()
                                    .flatMap(layer -> Stream.of(layer.sequenceLoss(), layer.routerZLoss()))
                                    .map(OptionalDouble::getAsDouble)
                                    .toList();
                        }))
                .getFirst();
    }

    @Test
    void threeRanksAreOneToo() throws IOException {
        List<String> sets =
                List.of("parallel.reproducible_ranks=3", "run.batch_size=3", "model.num_experts=12", "model.n_group=3");
        Run one = train(1, 1, 3, sets);
        requireSame(one, train(3, 1, 3, sets));
        requireSame(one, train(3, 3, 3, sets));
    }

    @ParameterizedTest
    @Tag("long")
    @CsvSource({
        "fp32, f32, f32, false",
        "bf16, f32, bf16, false",
        "fp8_blockwise, f32, f32, true",
        "fp8_blockwise, fp8, bf16, false"
    })
    void fiftyStepsAreThoseOfOneRankOnEveryLayout(String recipe, String dispatch, String combine, boolean recompute)
            throws IOException {
        List<String> sets = sets(
                4,
                "precision.recipe=" + recipe,
                "parallel.dispatch=" + dispatch,
                "parallel.combine=" + combine,
                "parallel.gather_weights=" + dispatch,
                "run.recompute_layers=" + recompute);
        int steps = 50;
        Run one = train(1, 1, steps, sets);
        assertThat(one.curve()[steps - 1][0]).as("something is learnt").isLessThan(one.curve()[0][0] - 0.3);
        for (int[] layout : new int[][] {{2, 1}, {2, 2}, {4, 1}, {4, 2}, {4, 4}}) {
            requireSame(one, train(layout[0], layout[1], steps, sets));
        }
    }

    @Test
    void whatCannotBeTheSameIsRefused() throws IOException {
        PretrainConfig config = SmallTraining.config(folder, "parallel.reproducible_ranks=4", "run.batch_size=24");
        assertThatThrownBy(() -> Ranks.layout(3, config))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("parallel.reproducible_ranks")
                .hasMessageContaining("4 parts of a batch cannot be added by 3 ranks");
        assertThatThrownBy(() -> Ranks.layout(8, config)).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> SmallTraining.config(folder, "parallel.reproducible_ranks=4", "run.batch_size=6"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("does not divide run.batch_size (4 parts of 6 sequences)");
        assertThatThrownBy(() -> SmallTraining.config(
                        folder, "parallel.reproducible_ranks=4", "run.batch_size=8", "run.micro_batch_size=4"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("does not divide a part of the batch (4 into 2 sequences");
    }
}
