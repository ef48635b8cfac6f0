package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.engine.collective.LocalCommunicator;
import dev.calandra.engine.collective.Purpose;
import dev.calandra.engine.profile.Profile;
import dev.calandra.laws.ModelCost;
import dev.calandra.trainer.GatedKernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class StepBenchmarkTest {

    /** A small relative of pico: surefire runs in the module's folder. */
    private static PretrainConfig config(String... more) {
        List<String> sets = new ArrayList<>(List.of(
                "model.hidden_size=32",
                "model.num_hidden_layers=2",
                "model.num_experts=8",
                "model.moe_intermediate_size=16",
                "model.intermediate_size=32",
                "model.vocab_size=512",
                "data.sequence_length=16",
                "run.batch_size=2",
                "run.micro_batch_size=1",
                "run.threads=2"));
        sets.addAll(List.of(more));
        return Configs.load(Path.of("..", "configs", "pico.yaml"), sets).config();
    }

    @Test
    void theFiguresBelongTogether() {
        List<String> lines = new ArrayList<>();
        BenchmarkResult result = new StepBenchmark(config(), lines::add).run(3);
        assertThat(result.tokensPerSecond()).isPositive();
        assertThat(result.rates().f32()).isPositive();
        assertThat(result.kernels()).startsWith("cpu: 2 threads");
        double flops = ModelCost.of(config().model(), 16).modelTrainingFlops() * result.tokensPerSecond();
        double share = flops / (result.rates().f32() * 1e9);
        assertThat(result.modelFlopsShare()).isCloseTo(share, within(1e-9 * share));
        assertThat(lines).hasSize(6);
        assertThat(lines.getLast()).startsWith("step 3: ");
    }

    @Test
    void everyKernelOfAProfiledStepIsCounted() {
        List<String> lines = new ArrayList<>();
        ProfiledBenchmark measured = new StepBenchmark(config(), lines::add).runProfiled(1);

        assertThat(lines).hasSize(6);
        assertThat(lines.getLast()).startsWith("profiled step 2: ");
        Profile profile = measured.profile();
        assertThat(profile.steps()).hasSize(2);
        assertThat(profile.calls())
                .allSatisfy(call -> assertThat(profile.steps())
                        .anySatisfy(step -> assertThat(call.startNanos() - step.startNanos())
                                .isBetween(0L, step.nanos() - call.nanos())));
        assertThat(profile.lines(measured.roofline()))
                .extracting(Profile.Line::kernel)
                .contains("linear", "linearWeightGrad", "attentionBackward", "linearCrossEntropy", "adamW");
        // Both micro-batches and both heads: the head of pico's relative with a prediction of the token after the next.
        assertThat(profile.calls())
                .filteredOn(call -> call.kernel().equals("linearCrossEntropy"))
                .hasSize(2 * 2 * 2)
                .allSatisfy(call -> assertThat(call.work().flops()).isEqualTo(3L * 2 * 16 * 512 * 32));
    }

    /**
     * Experts of 800,000 weights a layer, so that a bucket is full when two layers are done and three are not; the last of these waits until
     * it was sent, so that the trace must show it.
     */
    @Test
    void theTraceOfEveryRankShowsPassesGoingBackAndGradientsTravellingBesideThem() throws IOException {
        PretrainConfig wide = config(
                "model.hidden_size=128",
                "model.num_hidden_layers=4",
                "model.moe_intermediate_size=256",
                "data.sequence_length=32",
                "run.threads=1");
        List<ProfiledBenchmark> ranks = LocalCommunicator.run(
                2,
                world -> new StepBenchmark(
                                wide, world, 2, line -> {}, kernels -> GatedKernels.before(5, kernels, world))
                        .runProfiled(1));

        assertThat(ranks.getFirst().trace()).isEqualTo(ranks.getLast().trace());
        JsonNode trace = new ObjectMapper().readTree(ranks.getFirst().trace());
        for (int rank = 0; rank < 2; rank++) {
            List<JsonNode> backward = events(trace, rank, "backward");
            List<JsonNode> sums = events(trace, rank, "gradients: reduce_scatter");
            assertThat(backward).hasSize(2);
            assertThat(backward)
                    .allSatisfy(pass -> assertThat(pass.get("tid").intValue()).isEqualTo(1));
            assertThat(sums)
                    .isNotEmpty()
                    .allSatisfy(sum -> assertThat(sum.get("tid").intValue()).isGreaterThan(1));
            assertThat(backward)
                    .allSatisfy(pass -> assertThat(sums)
                            .as("a sum beside the pass at %s", pass.get("ts"))
                            .anyMatch(sum -> begin(sum) > begin(pass) && end(sum) < end(pass)));
        }
        assertThat(ranks.getFirst().result().collectives())
                .filteredOn(line -> line.purpose() == Purpose.GRADIENTS && line.background())
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.hidden()).isBetween(0.0, 1.0);
                    assertThat(line.bytes()).isGreaterThan(4e6);
                });
    }

    private static double begin(JsonNode event) {
        return event.get("ts").doubleValue();
    }

    private static double end(JsonNode event) {
        return begin(event) + event.get("dur").doubleValue();
    }

    private static List<JsonNode> events(JsonNode trace, int rank, String name) {
        return StreamSupport.stream(trace.spliterator(), false)
                .filter(event -> event.get("pid").intValue() == rank)
                .filter(event -> event.get("name").textValue().equals(name))
                .toList();
    }

    @Test
    void refusesToMeasureNothing() {
        assertThatThrownBy(() -> new StepBenchmark(config(), line -> {}).run(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new StepBenchmark(config(), line -> {}).runProfiled(0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
