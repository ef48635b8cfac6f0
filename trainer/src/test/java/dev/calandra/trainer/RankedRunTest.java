package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ExitCode;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.collective.LocalCommunicator;
import dev.calandra.engine.collective.RankFailedException;
import dev.calandra.trainer.metrics.StepOutcome;
import dev.calandra.trainer.model.Buffer;
import dev.calandra.trainer.model.Parameter;
import dev.calandra.trainer.optimizer.AdamW;
import dev.calandra.trainer.run.StopRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole runs on several ranks of this process: one folder, one log, checkpoints that any layout resumes from. */
@Timeout(120)
class RankedRunTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STEPS = "run.steps=12";

    @TempDir
    private static Path folder;

    private static TinyRun tiny;

    @BeforeAll
    static void corpus() throws IOException {
        tiny = new TinyRun(folder);
    }

    private static ExitCode train(String run, int ranks, int experts, OptionalLong stopAfter, String... more) {
        return train(run, ranks, experts, stopAfter, Collections.synchronizedList(new ArrayList<>()), more);
    }

    private static ExitCode train(
            String run, int ranks, int experts, OptionalLong stopAfter, List<String> lines, String... more) {
        TrainingOptions options = new TrainingOptions(
                Set.of(), false, stopAfter, TrainingOptions.NONE.fromStep(), TrainingOptions.NONE.rival());
        String[] sets = Stream.concat(
                        Stream.of(
                                "parallel.expert=" + experts,
                                "run.micro_batch_size=1",
                                "run.threads=1",
                                "run.save_every=4",
                                "run.evaluate_every=12",
                                "optimizer.learning_rate=1e-3",
                                "precision.recipe=fp32",
                                STEPS),
                        Stream.of(more))
                .toArray(String[]::new);
        return LocalCommunicator.run(ranks, world -> {
                    TrainingRun training = TrainingRun.open(
                            tiny.config(run, sets),
                            options,
                            new Surroundings(System::nanoTime, lines::add, new StopRequest()),
                            world,
                            ranks);
                    ExitCode end = training.train();
                    training.close();
                    return end;
                })
                .getFirst();
    }

    private static List<JsonNode> metrics(String run) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : Files.readAllLines(tiny.directory(run).resolve("metrics.jsonl"))) {
            nodes.add(JSON.readTree(line));
        }
        return nodes;
    }

    private static void requireSame(String run, String other) throws IOException {
        List<JsonNode> a = metrics(run);
        List<JsonNode> b = metrics(other);
        assertThat(b).hasSameSizeAs(a);
        for (int i = 0; i < a.size(); i++) {
            assertThat(b.get(i).path("step")).isEqualTo(a.get(i).path("step"));
            assertThat(b.get(i).path("imbalance")).isEqualTo(a.get(i).path("imbalance"));
            assertThat(b.get(i).path("loss").asDouble())
                    .as("line %d", i)
                    .isCloseTo(a.get(i).path("loss").asDouble(), within(1e-5));
            a.get(i)
                    .path("bits_per_byte")
                    .properties()
                    .forEach(source -> assertThat(source.getValue().asDouble()).isPositive());
        }
        JsonNode last = a.getLast().path("bits_per_byte");
        for (String source : List.of("prose", "sums")) {
            assertThat(b.getLast().path("bits_per_byte").path(source).asDouble())
                    .isCloseTo(last.path(source).asDouble(), within(1e-5));
        }
    }

    @Test
    void ranksWriteOneLogAndOneCheckpoint() throws IOException {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        assertThat(train("one", 1, 1, OptionalLong.empty())).isEqualTo(ExitCode.OK);
        assertThat(train("four", 4, 2, OptionalLong.empty(), lines)).isEqualTo(ExitCode.OK);
        requireSame("one", "four");
        assertThat(lines.stream().filter(line -> line.startsWith("step "))).hasSize(12);
        assertThat(lines.getLast()).matches("rank 0 of 4 sent \\d+\\.\\d MB, \\d+\\.\\d\\d MB a step");
        assertThat(metrics("four").getFirst().path("time").path("bytes_sent").asLong())
                .isPositive();
        assertThat(tiny.directory("four").resolve("step-000000012"))
                .isDirectoryContaining("glob:**rank-0000-of-0004.safetensors")
                .isDirectoryContaining("glob:**rank-0003-of-0004.safetensors");
    }

    /** Stopped in one layout, resumed in another, and the end is that of one rank that was never stopped. */
    @ParameterizedTest
    @CsvSource({"1,1,4,2", "4,4,1,1", "2,2,2,1", "4,2,4,4", "2,1,4,2"})
    void anyLayoutResumesFromAnyOther(int ranks, int experts, int thenRanks, int thenExperts) throws IOException {
        String run = "from-%d-%d-to-%d-%d".formatted(ranks, experts, thenRanks, thenExperts);
        String alone = "alone";
        String[] same = {"parallel.reproducible_ranks=4", "precision.recipe=fp8_blockwise"};
        // The first of these runs trains it; for the others it has ended.
        assertThat(train(alone, 1, 1, OptionalLong.empty(), same)).isEqualTo(ExitCode.OK);
        assertThat(train(run, ranks, experts, OptionalLong.of(5), same)).isEqualTo(ExitCode.STOPPED);
        assertThat(train(run, thenRanks, thenExperts, OptionalLong.empty(), same))
                .isEqualTo(ExitCode.OK);
        assertThat(tiny.tensors(run)).isEqualTo(tiny.tensors(alone));
        assertThat(whatDoesNotDependOnTheLayout(run)).isEqualTo(whatDoesNotDependOnTheLayout(alone));
    }

    /** Metrics without clock and bytes, without what each rank has had, and without the FP8 health of rank 0's own tokens. */
    private static List<String> whatDoesNotDependOnTheLayout(String run) throws IOException {
        return tiny.metrics(run).stream()
                .map(line -> line.replaceAll("\"tokens_per_rank\":\\[[0-9,]*]", ""))
                .map(line -> line.replaceFirst(",\"fp8_health\":.*,\"outcome\"", ",\"outcome\""))
                .toList();
    }

    @Test
    void anotherLayoutStaysCloseInFp32Anyway() throws IOException {
        assertThat(train("ordinary-alone", 1, 1, OptionalLong.empty())).isEqualTo(ExitCode.OK);
        assertThat(train("ordinary", 2, 2, OptionalLong.of(5))).isEqualTo(ExitCode.STOPPED);
        assertThat(train("ordinary", 4, 1, OptionalLong.empty())).isEqualTo(ExitCode.OK);
        requireSame("ordinary-alone", "ordinary");
    }

    /** Weights that travel as codes leave no trace in the run: it may begin so and go on otherwise, or the other way round. */
    @ParameterizedTest
    @CsvSource({"fp8,f32", "f32,fp8"})
    void howWeightsTravelMayChangeOnResume(String before, String then) throws IOException {
        String fp8 = "precision.recipe=fp8_blockwise";
        String run = "gathers-" + before;
        assertThat(train("undisturbed-" + run, 2, 1, OptionalLong.empty(), fp8)).isEqualTo(ExitCode.OK);
        assertThat(train(run, 2, 1, OptionalLong.of(5), fp8, "parallel.gather_weights=" + before))
                .isEqualTo(ExitCode.STOPPED);
        assertThat(train(run, 2, 1, OptionalLong.empty(), fp8, "parallel.gather_weights=" + then))
                .isEqualTo(ExitCode.OK);
        assertThat(withoutTime(run)).isEqualTo(withoutTime("undisturbed-" + run));
    }

    /** Without the health of weights either, which a rank holds against what it knows of the others' rows. */
    private static List<JsonNode> withoutTime(String run) throws IOException {
        List<JsonNode> lines = metrics(run);
        for (JsonNode line : lines) {
            ((ObjectNode) line).remove("time");
            line.path("fp8_health").forEach(layer -> ((ObjectNode) layer).remove("weight_blocks"));
        }
        return lines;
    }

    @Test
    void aRankThatThrowsIsNamedAndNothingHalfIsSaved() {
        assertThatThrownBy(() -> LocalCommunicator.run(2, world -> {
                    TrainingRun training = TrainingRun.open(
                            tiny.config("throws", STEPS, "run.micro_batch_size=1", "run.threads=1"),
                            TrainingOptions.NONE,
                            new Surroundings(System::nanoTime, line -> {}, new StopRequest()),
                            world,
                            2);
                    training.takeStep();
                    if (world.rank() == 1) {
                        throw new IllegalStateException("a fault in step 2");
                    }
                    return training.train();
                }))
                .isInstanceOfSatisfying(
                        RankFailedException.class, e -> assertThat(e.rank()).isEqualTo(1))
                .hasRootCauseMessage("a fault in step 2");
        assertThat(tiny.directory("throws")).isDirectoryNotContaining("glob:**/step-*");
    }

    @Test
    void aNaNOnOneRankSkipsTheStepOnAll() {
        List<StepOutcome> outcomes = LocalCommunicator.run(2, world -> {
            TrainingRun training = TrainingRun.open(
                    tiny.config("nan", STEPS, "run.micro_batch_size=1", "run.threads=1", "parallel.expert=2"),
                    TrainingOptions.NONE,
                    new Surroundings(System::nanoTime, line -> {}, new StopRequest()),
                    world,
                    2);
            assertThat(training.takeStep().outcome()).isEqualTo(StepOutcome.APPLIED);
            if (world.rank() == 1) {
                training.model().parameters().getFirst().value().setFloat(0, Float.NaN);
                for (int i = 0; i < 4096; i++) {
                    training.model().parameters().getFirst().value().setFloat(16L * i, Float.NaN);
                }
            }
            Map<String, List<Integer>> before = bits(training);
            StepOutcome outcome = training.takeStep().outcome();
            Map<String, List<Integer>> after = bits(training);
            assertThat(after).as("rank %d", world.rank()).isEqualTo(before);
            training.close();
            return outcome;
        });
        assertThat(outcomes).containsOnly(StepOutcome.SKIPPED_NON_FINITE);
    }

    /** Everything that a step moves: weights, moments, expert biases. */
    private static Map<String, List<Integer>> bits(TrainingRun training) {
        Map<String, List<Integer>> bits = new TreeMap<>();
        for (Parameter parameter : training.model().parameters()) {
            bits.put(parameter.name(), bits(parameter.value()));
        }
        for (Buffer buffer : training.model().buffers()) {
            bits.put(buffer.name(), bits(buffer.value()));
        }
        for (AdamW.Moments moments : training.optimizer().moments()) {
            String rows = " of " + moments.parameter().name() + " " + moments.rows();
            bits.put("first moment" + rows, bits(moments.first()));
            bits.put("second moment" + rows, bits(moments.second()));
        }
        assertThat(bits).hasSizeGreaterThan(3 * training.model().parameters().size());
        return bits;
    }

    private static List<Integer> bits(Tensor tensor) {
        List<Integer> bits = new ArrayList<>();
        for (float value : tensor.toFloats()) {
            bits.add(Float.floatToRawIntBits(value));
        }
        return bits;
    }

    @ParameterizedTest
    @CsvSource({
        "3,3,does not divide model.num_experts (3 ranks for 4 experts)",
        "4,3,does not divide the number of ranks (3 into 4)",
        "3,1,cannot be shared out among the ranks (4 sequences for 3)"
    })
    void whatCannotBeSharedOutIsRefused(int ranks, int experts, String reason) {
        assertThatThrownBy(() -> train("refused", ranks, experts, OptionalLong.empty()))
                .hasCauseInstanceOf(ConfigException.class)
                .hasStackTraceContaining(reason);
    }
}
