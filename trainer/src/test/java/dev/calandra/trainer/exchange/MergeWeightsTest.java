package dev.calandra.trainer.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.ReleasedConfig;
import dev.calandra.trainer.model.PublishedTensor;
import dev.calandra.trainer.model.WeightReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class MergeWeightsTest {

    private static final Offset<Double> EXACT = within(1e-12);

    private static List<Long> steps(int count) {
        return LongStream.rangeClosed(1, count).map(i -> 100 * i).boxed().toList();
    }

    private static void assertClose(List<Double> actual, List<Double> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).as("index %d of %s", i, actual).isCloseTo(expected.get(i), EXACT);
        }
    }

    @Test
    void decayAndWeightsGoBothWays() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int trial = 0; trial < 200; trial++) {
            int k = random.nextInt(1, 40);
            List<Double> decay = random.doubles(k)
                    .boxed()
                    .sorted((a, b) -> Double.compare(b, a))
                    .toList();
            MergeWeights weights = MergeWeights.ofDecay(decay);
            assertThat(weights.checkpoints()).as("seed %d", seed).hasSize(k + 1);
            assertClose(weights.decay(), decay);
            assertClose(MergeWeights.ofDecay(weights.decay()).checkpoints(), weights.checkpoints());
        }
    }

    @Test
    void theMeanIsLinearDecay() {
        for (int count : new int[] {1, 2, 8, 32}) {
            assertClose(
                    MergeDecay.LINEAR.weights(steps(count), 0).checkpoints(),
                    MergeWeights.uniform(count).checkpoints());
        }
        assertClose(MergeWeights.uniform(4).decay(), List.of(0.75, 0.5, 0.25));
    }

    @Test
    void oneMinusSqrtIsTheFormulaAndUnevenStepsHaveTheirPlaces() {
        assertClose(
                MergeDecay.ONE_MINUS_SQRT.weights(steps(4), 0).decay(),
                List.of(1 - Math.sqrt(0.25), 1 - Math.sqrt(0.5), 1 - Math.sqrt(0.75)));
        assertClose(
                MergeDecay.LINEAR.weights(List.of(0L, 100L, 400L), 0).decay(),
                List.of(1 - 0.25 * 2 / 3, 1 - 1.0 * 2 / 3));
        assertClose(MergeDecay.ONE_MINUS_SQRT.weights(List.of(7L), 0).checkpoints(), List.of(1.0));
    }

    @Test
    void theMovingAverageIsTheRecurrence() {
        double[] values = {3, -1, 4, 1, -5};
        double average = values[0];
        for (int i = 1; i < values.length; i++) {
            average = 0.8 * average + 0.2 * values[i];
        }
        double sum = 0;
        List<Double> weights = MergeDecay.EMA.weights(steps(5), 0.8).checkpoints();
        for (int i = 0; i < values.length; i++) {
            sum += weights.get(i) * values[i];
        }
        assertThat(sum).isCloseTo(average, EXACT);
        assertClose(MergeDecay.EMA.weights(steps(3), 0).checkpoints(), List.of(0.0, 0.0, 1.0));
    }

    @Test
    void whatIsNoAverageIsRefused() {
        assertThatThrownBy(() -> new MergeWeights(List.of(0.5, 0.6))).hasMessageContaining("not 1");
        assertThatThrownBy(() -> new MergeWeights(List.of(1.5, -0.5))).hasMessageContaining("-0.5");
        assertThatThrownBy(() -> MergeWeights.ofDecay(List.of(0.5, 0.6))).hasMessageContaining("without rising");
        assertThatThrownBy(() -> MergeWeights.ofDecay(List.of(1.1))).hasMessageContaining("without rising");
        assertThatThrownBy(() -> MergeWeights.exponential(3, 1)).hasMessageContaining("keep");
    }

    /** Steps of stochastic gradient descent on a regression with noisy targets, with the update of each step logged. */
    private record Trajectory(List<float[]> checkpoints, List<double[]> updates) {

        static Trajectory of(int steps, long seed) {
            Random random = new Random(seed);
            double[] theta = random.doubles(16, -1, 1).toArray();
            List<float[]> checkpoints = new ArrayList<>(List.of(floats(theta)));
            List<double[]> updates = new ArrayList<>();
            for (int step = 0; step < steps; step++) {
                double[] x = random.doubles(16, -1, 1).toArray();
                double error = -(x[0] + random.nextGaussian());
                for (int i = 0; i < 16; i++) {
                    error += theta[i] * x[i];
                }
                double[] update = new double[16];
                for (int i = 0; i < 16; i++) {
                    update[i] = 0.1 * error * x[i];
                    theta[i] -= update[i];
                }
                updates.add(update);
                checkpoints.add(floats(theta));
            }
            return new Trajectory(checkpoints, updates);
        }

        /** Where the logged updates lead from the first checkpoint, each scaled by the decay. */
        double[] replayed(List<Double> decay) {
            double[] theta = new double[16];
            for (int i = 0; i < 16; i++) {
                theta[i] = checkpoints.getFirst()[i];
                for (int step = 0; step < updates.size(); step++) {
                    theta[i] -= decay.get(step) * updates.get(step)[i];
                }
            }
            return theta;
        }

        private static float[] floats(double[] values) {
            float[] floats = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                floats[i] = (float) values[i];
            }
            return floats;
        }
    }

    private record InMemory(float[] values) implements WeightReader {
        @Override
        public String location() {
            return "memory";
        }

        @Override
        public void read(String name, long first, float[] target, int count) {
            System.arraycopy(values, (int) first, target, 0, count);
        }
    }

    @Test
    void mergingCheckpointsIsDecayingTheLoggedGradients() {
        long seed = System.nanoTime();
        Trajectory trajectory = Trajectory.of(31, seed);
        List<WeightReader> readers = trajectory.checkpoints().stream()
                .map(values -> (WeightReader) new InMemory(values))
                .toList();
        for (MergeDecay decay : MergeDecay.values()) {
            MergeWeights weights = decay.weights(steps(32), 0.9);
            float[] merged = new float[16];
            new MergedWeights(readers, weights).read("w", 0, merged, 16);
            double[] replayed = trajectory.replayed(weights.decay());
            for (int i = 0; i < 16; i++) {
                // The checkpoints are rounded to F32, and so is the result.
                assertThat((double) merged[i]).as("%s, seed %d", decay, seed).isCloseTo(replayed[i], within(3e-7));
            }
        }
        List<Double> linear = new ArrayList<>();
        for (int i = 1; i <= 31; i++) {
            linear.add(1 - i / 32.0);
        }
        float[] mean = new float[16];
        new MergedWeights(readers, MergeWeights.uniform(32)).read("w", 0, mean, 16);
        double[] decayed = trajectory.replayed(linear);
        for (int i = 0; i < 16; i++) {
            assertThat((double) mean[i]).as("seed %d", seed).isCloseTo(decayed[i], within(3e-7));
        }
    }

    /** A tensor that is nowhere, and remembers how much of it was asked for at once. */
    private record Endless(List<Integer> requests) implements WeightReader {
        @Override
        public String location() {
            return "nowhere";
        }

        @Override
        public void read(String name, long first, float[] target, int count) {
            requests.add(target.length);
        }
    }

    @Test
    void memoryHoldsAStripOfOneTensorHoweverLargeItIs() throws IOException {
        Endless tensor = new Endless(new ArrayList<>());
        MergedWeights merged = new MergedWeights(List.of(tensor, tensor), MergeWeights.uniform(2));
        for (ReleasedConfig.Weights weights : ReleasedConfig.Weights.values()) {
            AtomicLong written = new AtomicLong();
            for (TensorSource part : new WeightEncoder(weights, merged)
                    .encode(new PublishedTensor("w", List.of(9_001L, 1_000L), PublishedTensor.Role.LINEAR))) {
                part.content().writeTo(new Counter(written));
            }
            assertThat(written.get()).isGreaterThanOrEqualTo(9_001_000);
        }
        assertThat(tensor.requests()).isNotEmpty().allMatch(elements -> elements <= 1 << 20);
    }

    private record Counter(AtomicLong bytes) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            source.position(source.limit());
            bytes.addAndGet(count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void theSumIsRoundedOnce() {
        List<WeightReader> readers = Stream.of(1f, 0x1p-24f, 0x1p-24f, -1f)
                .map(value -> (WeightReader) new InMemory(new float[] {value}))
                .toList();
        float[] merged = new float[1];
        new MergedWeights(readers, MergeWeights.uniform(4)).read("w", 0, merged, 1);
        assertThat(merged[0]).isEqualTo(0x1p-25f);
    }
}
