package dev.calandra.trainer.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.Recipe;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.collective.LocalCommunicator;
import dev.calandra.engine.collective.Reduction;
import dev.calandra.trainer.model.Buffer;
import dev.calandra.trainer.model.LossScale;
import dev.calandra.trainer.model.Parameter;
import dev.calandra.trainer.model.TokenBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every layout against one rank on the same global batch. The rows of an expert group are one pass: where there are several
 * groups, the single rank cuts its batch into as many passes.
 */
@Timeout(120)
class LayoutEqualityTest {

    /** Between sums of the same F32 terms in another order, relative to the largest of a tensor. */
    private static final double SUMMED = 1e-6;

    private static final double CURVES = 1e-4;

    /**
     * With eight bits a last bit of a sum becomes another code somewhere, and then another choice of experts; this model of a
     * few thousand weights is as far from itself when one rank cuts its batch otherwise.
     */
    private static final double CURVES_OF_CODES = 0.03;

    private static final String FP32 = "precision.recipe=fp32";

    @TempDir
    private static Path folder;

    /** Gradients by name of tensor, whole; counts of the routers. */
    private record Outcome(Seen seen, Map<String, float[]> gradients, List<long[]> loads) {}

    private static PretrainConfig config(int experts, String... sets) throws IOException {
        List<String> all = new ArrayList<>(List.of(sets));
        all.add("parallel.expert=" + experts);
        return SmallTraining.config(folder, all.toArray(String[]::new));
    }

    /** One step's forward and backward pass; then the sum of the gradients over the ranks. */
    private static Outcome step(SmallTraining training, int passes, Consumer<SmallTraining> prepare) {
        prepare.accept(training);
        Seen seen = new Seen();
        List<TokenBatch> batches = training.batch(0, passes);
        LossScale scale =
                LossScale.of(batches).over(counts -> training.ranks().world().allReduce(counts, Reduction.SUM));
        for (TokenBatch batch : batches) {
            training.learner().model().forwardBackward(batch, scale, seen, seen);
        }
        List<long[]> loads = new ArrayList<>();
        training.learner().model().routerLoads().forEach(load -> loads.add(load.counts()));
        training.learner().clear();
        training.learner().backward(batches);
        return new Outcome(seen, owned(training, Parameter::gradient), loads);
    }

    /** The rows that a rank owns, as {@code name:first row}. */
    private static Map<String, float[]> owned(SmallTraining training, Function<Parameter, Tensor> which) {
        Map<String, float[]> owned = new TreeMap<>();
        for (Parameter parameter : training.learner().model().parameters()) {
            RowRange rows = training.ranks().owned(parameter);
            Tensor held = parameter.rows(which.apply(parameter), rows);
            for (int row = 0; row < held.rows(); row++) {
                long number = parameter.firstRow() + rows.from() + row;
                owned.put(
                        parameter.name() + ":" + number,
                        held.slice(row, row + 1).toFloats());
            }
        }
        return owned;
    }

    private static void compare(int experts, int replicas, Consumer<SmallTraining> prepare, String... sets)
            throws IOException {
        PretrainConfig config = config(experts, sets);
        PretrainConfig alone = config(1, sets);
        Outcome one = LocalCommunicator.run(1, world -> SmallTraining.on(world, alone, t -> step(t, replicas, prepare)))
                .getFirst();
        List<Outcome> many = LocalCommunicator.run(
                experts * replicas, world -> SmallTraining.on(world, config, t -> step(t, 1, prepare)));
        Seen all = new Seen();
        many.forEach(outcome -> all.append(outcome.seen()));
        requireEqual(one.seen(), all, !List.of(sets).contains(FP32));
        if (alone.precision().recipe() == Recipe.FP8_BLOCKWISE) {
            // Of attention, the dense layer, experts and shared experts of three layers and MTP's.
            assertThat(one.seen().coded()).isGreaterThan(3 * 4);
            assertThat(all.travelling()).isEqualTo(one.seen().travelling());
        }
        for (int layer = 0; layer < one.loads().size(); layer++) {
            long[] sum = new long[one.loads().get(layer).length];
            for (Outcome outcome : many) {
                for (int e = 0; e < sum.length; e++) {
                    sum[e] += outcome.loads().get(layer)[e];
                }
            }
            assertThat(sum).isEqualTo(one.loads().get(layer));
        }
        Map<String, float[]> gradients = new TreeMap<>();
        many.forEach(outcome -> gradients.putAll(outcome.gradients()));
        assertThat(gradients.keySet()).isEqualTo(one.gradients().keySet());
        requireClose(one.gradients(), gradients);
    }

    /** Choices and, where there are any, codes are equal; so is all else, where a last bit would become another code. */
    private static void requireEqual(Seen expected, Seen actual, boolean exact) {
        assertThat(actual.values().keySet()).isEqualTo(expected.values().keySet());
        List<String> differences = new ArrayList<>();
        expected.values().forEach((name, values) -> {
            assertThat(actual.values().get(name)).as(name).hasSameSizeAs(values);
            double tolerance = exact || name.startsWith("choice") ? 0 : SUMMED * largest(values);
            for (int i = 0; i < values.size(); i++) {
                float value = actual.values().get(name).get(i);
                if (Math.abs(value - values.get(i)) > tolerance || Float.isNaN(value)) {
                    differences.add(name + "[" + i + "] is " + value + " where one rank has " + values.get(i));
                }
            }
        });
        assertThat(differences.stream().limit(10)).isEmpty();
    }

    private static double largest(List<Float> values) {
        return values.stream().mapToDouble(Math::abs).max().orElse(0);
    }

    private static void requireClose(Map<String, float[]> expected, Map<String, float[]> actual) {
        Map<String, Double> largest = new TreeMap<>();
        expected.forEach((row, values) -> {
            for (float value : values) {
                largest.merge(row.replaceFirst(":.*", ""), (double) Math.abs(value), Math::max);
            }
        });
        expected.forEach((row, values) -> {
            double scale = largest.get(row.replaceFirst(":.*", ""));
            for (int i = 0; i < values.length; i++) {
                assertThat((double) actual.get(row)[i])
                        .as("%s[%d]", row, i)
                        .isCloseTo(values[i], within(SUMMED * scale + Float.MIN_NORMAL));
            }
        });
    }

    private static final Consumer<SmallTraining> AS_DRAWN = training -> {};

    @ParameterizedTest
    @CsvSource({"2,1", "1,2", "4,1", "2,2", "1,4"})
    void oneStepIsThatOfOneRank(int experts, int replicas) throws IOException {
        compare(experts, replicas, AS_DRAWN, FP32);
        compare(experts, replicas, AS_DRAWN);
    }

    @ParameterizedTest
    @CsvSource({"2,1", "2,2"})
    void codesOnTheWireAreThoseOfOneRankToo(int experts, int replicas) throws IOException {
        compare(experts, replicas, AS_DRAWN, "parallel.dispatch=fp8");
        compare(experts, replicas, AS_DRAWN, "parallel.dispatch=fp8", "run.recompute_layers=true");
    }

    @ParameterizedTest
    @CsvSource({"2,1", "2,2"})
    void roundedAnswersAreThoseOfOneRankToo(int experts, int replicas) throws IOException {
        compare(experts, replicas, AS_DRAWN, "parallel.combine=bf16");
        compare(experts, replicas, AS_DRAWN, "parallel.combine=bf16", "parallel.dispatch=fp8");
        compare(experts, replicas, AS_DRAWN, "parallel.combine=bf16", FP32);
    }

    /** Weights are 24 to 96 rows, so that in every layout blocks have several owners. */
    @ParameterizedTest
    @CsvSource({"2,1", "1,2", "2,2", "1,4"})
    void codesOfWeightsTravelForWeightsWithoutAnotherBit(int experts, int replicas) throws IOException {
        List<Trained> whole = trained(config(experts, "parallel.gather_weights=f32"), experts * replicas);
        List<Trained> coded = trained(config(experts, "parallel.gather_weights=fp8"), experts * replicas);
        for (int rank = 0; rank < whole.size(); rank++) {
            assertThat(coded.get(rank).curve()).isDeepEqualTo(whole.get(rank).curve());
            assertThat(coded.get(rank).owned().keySet())
                    .isEqualTo(whole.get(rank).owned().keySet());
            Map<String, float[]> expected = whole.get(rank).owned();
            assertThat(coded.get(rank).owned())
                    .allSatisfy((row, values) -> assertThat(values).as(row).isEqualTo(expected.get(row)));
            assertThat(coded.get(rank).evaluated()).isEqualTo(whole.get(rank).evaluated());
        }
        long sent = coded.stream().mapToLong(Trained::bytes).sum();
        assertThat(sent).isLessThan(whole.stream().mapToLong(Trained::bytes).sum());
    }

    /**
     * @param owned weights of the rows that the rank moves
     * @param evaluated loss of another batch
     */
    private record Trained(double[][] curve, Map<String, float[]> owned, double evaluated, long bytes) {}

    private static List<Trained> trained(PretrainConfig config, int ranks) {
        return LocalCommunicator.run(
                ranks,
                world -> SmallTraining.on(world, config, training -> {
                    double[][] curve = training.train(8, 1);
                    double loss = training.learner()
                            .model()
                            .evaluate(training.batch(99, 1).getFirst())
                            .main();
                    return new Trained(
                            curve,
                            owned(training, Parameter::value),
                            loss,
                            world.traffic().bytes());
                }));
    }

    /** The first expert's group wins everything, so that most experts, and all but one rank of four, have no tokens. */
    @ParameterizedTest
    @CsvSource({"4,1", "2,2"})
    void allTokensMayGoToOneRank(int experts, int replicas) throws IOException {
        Consumer<SmallTraining> bias = training -> {
            for (Buffer buffer : training.learner().model().buffers()) {
                buffer.value().setFloat(0, 100);
                buffer.value().setFloat(1, 100);
            }
        };
        compare(experts, replicas, bias);
        compare(experts, replicas, bias, "precision.recipe=bf16");
        compare(experts, replicas, bias, "parallel.dispatch=fp8");
    }

    @ParameterizedTest
    @Tag("long")
    @CsvSource({"2,1", "1,2", "4,1", "2,2", "1,4"})
    void fiftyStepsStayTogetherAndRepeatBitForBit(int experts, int replicas) throws IOException {
        fiftySteps(experts, replicas, FP32, CURVES);
        fiftySteps(experts, replicas, "parallel.dispatch=f32", CURVES_OF_CODES);
        fiftySteps(experts, replicas, "parallel.dispatch=fp8", CURVES_OF_CODES);
    }

    private static void fiftySteps(int experts, int replicas, String set, double tolerance) throws IOException {
        int steps = 50;
        PretrainConfig config = config(experts, set);
        PretrainConfig alone = config(1, set);
        double[][] one = LocalCommunicator.run(
                        1, world -> SmallTraining.on(world, alone, t -> t.train(steps, replicas)))
                .getFirst();
        List<double[][]> many = train(config, experts * replicas, steps);
        assertThat(one[steps - 1][0]).as("something is learnt").isLessThan(one[0][0] - 0.3);
        for (int step = 0; step < steps; step++) {
            assertThat(many.getFirst()[step][0]).as("loss of step %d", step).isCloseTo(one[step][0], within(tolerance));
        }
        assertThat(many).allSatisfy(curve -> assertThat(curve).isDeepEqualTo(many.getFirst()));
        assertThat(train(config, experts * replicas, steps).getFirst()).isDeepEqualTo(many.getFirst());
    }

    private static List<double[][]> train(PretrainConfig config, int ranks, int steps) {
        return LocalCommunicator.run(ranks, world -> SmallTraining.on(world, config, t -> t.train(steps, 1)));
    }
}
