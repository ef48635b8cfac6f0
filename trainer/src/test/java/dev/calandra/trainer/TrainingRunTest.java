package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.checkpoints.RunClaim;
import dev.calandra.checkpoints.RunInUseException;
import dev.calandra.checkpoints.SupersededException;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.DataException;
import dev.calandra.configs.ExitCode;
import dev.calandra.storage.LocalStorage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingRunTest {

    @TempDir
    private static Path folder;

    private static TinyRun tiny;

    @BeforeAll
    static void corpus() throws IOException {
        tiny = new TinyRun(folder);
    }

    private static TrainingOptions stopAfter(long step) {
        return new TrainingOptions(Set.of(), false, OptionalLong.of(step));
    }

    private static double loss(String run, long step) throws IOException {
        return tiny.metrics(run).stream()
                .filter(line -> line.startsWith("{\"event\":\"step\",\"step\":" + step + ","))
                .map(line -> line.replaceFirst(".*\"loss\":([0-9.]+),\"mtp_loss.*", "$1"))
                .mapToDouble(Double::parseDouble)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void sixtyStepsAreThirtyAndThirtyBitForBit() throws IOException {
        assertThat(tiny.train("whole", TrainingOptions.NONE)).isEqualTo(ExitCode.OK);
        assertThat(tiny.train("halves", stopAfter(33))).isEqualTo(ExitCode.STOPPED);
        assertThat(tiny.train("halves", TrainingOptions.NONE)).isEqualTo(ExitCode.OK);
        assertThat(tiny.metrics("halves")).isEqualTo(tiny.metrics("whole")).hasSize(63);
        assertThat(tiny.tensors("halves")).isEqualTo(tiny.tensors("whole"));
        assertThat(loss("whole", 1)).isCloseTo(Math.log(4096), within(0.1));
        assertThat(loss("whole", 60)).isLessThan(Math.log(4096) - 2);
        assertThat(tiny.tensors("whole").keySet())
                .contains(
                        "model.word_embeddings.weight",
                        "model.layers.1.mlp.experts.3.up_proj.weight",
                        "model.layers.1.mlp.gate.expert_bias",
                        "optimizer.first_moment.model.layers.1.mlp.experts.3.up_proj.weight",
                        "optimizer.second_moment.lm_head.weight");
    }

    @Test
    void savingBesideTrainingChangesNoBitAndEveryStepItSavedIsAsIfTrainingHadStopped() throws IOException {
        String[] often = {"run.steps=12", "run.save_every=1", "run.keep_last=30"};
        tiny.train("seldom", TrainingOptions.NONE, "run.steps=12", "run.save_every=0");
        tiny.train("beside", TrainingOptions.NONE, often);
        tiny.train("waiting", TrainingOptions.NONE, "run.steps=12", "run.save_every=5", "run.save=sync");
        for (String run : List.of("beside", "waiting")) {
            assertThat(tiny.metrics(run)).isEqualTo(tiny.metrics("seldom"));
            assertThat(tiny.tensors(run)).isEqualTo(tiny.tensors("seldom"));
        }
        for (long step : new long[] {9, 4}) {
            TrainingOptions fromStep = new TrainingOptions(
                    Set.of(), false, OptionalLong.empty(), OptionalLong.of(step), RunClaim.Rival.RESPECT);
            assertThat(tiny.train("beside", fromStep, often)).isEqualTo(ExitCode.OK);
            assertThat(tiny.metrics("beside")).as("from step %d", step).isEqualTo(tiny.metrics("seldom"));
            assertThat(tiny.tensors("beside")).as("from step %d", step).isEqualTo(tiny.tensors("seldom"));
        }
    }

    @Test
    void aPinnedStepThatIsMissingOrDamagedIsRefused() throws IOException {
        tiny.train("pinned", stopAfter(4), "run.save_every=2");
        for (long step : new long[] {3, 2}) {
            if (step == 2) {
                Path shard = tiny.directory("pinned").resolve("step-000000002/rank-0000-of-0001.safetensors");
                byte[] bytes = Files.readAllBytes(shard);
                bytes[bytes.length / 2] ^= 1;
                Files.write(shard, bytes);
            }
            TrainingOptions fromStep = new TrainingOptions(
                    Set.of(), false, OptionalLong.empty(), OptionalLong.of(step), RunClaim.Rival.RESPECT);
            assertThatThrownBy(() -> tiny.train("pinned", fromStep, "run.save_every=2"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("step-00000000" + step);
        }
        assertThat(tiny.directory("pinned").resolve("step-000000004")).isDirectory();
    }

    @Test
    void stallsBytesAndFailedSavesAreInTheMetrics() throws IOException {
        tiny.train("stalls", stopAfter(2), "run.save_every=2");
        Files.createFile(tiny.directory("stalls").resolve("step-000000004"));
        tiny.train("stalls", stopAfter(10), "run.save_every=2");
        String metrics = Files.readString(tiny.directory("stalls").resolve("metrics.jsonl"));
        assertThat(metrics.lines().filter(line -> line.contains("\"save_stall_seconds\":")))
                .as("after steps 4, 6 and 8")
                .hasSize(3);
        assertThat(metrics)
                .containsPattern("\"saved_step\":6,\"save_bytes\":[0-9]{4,},\"save_write_seconds\":[0-9]")
                .contains("\"failed_saves\":1");
        assertThat(tiny.directory("stalls").resolve("step-000000010")).isDirectory();
    }

    @Test
    void threeFailedSavesInARowEndTheRunAndTheOldStepsStay() throws IOException {
        tiny.train("failing", stopAfter(2), "run.save_every=2");
        for (int step : new int[] {4, 6, 8}) {
            Files.createFile(tiny.directory("failing").resolve("step-00000000" + step));
        }
        assertThatThrownBy(() -> tiny.train("failing", TrainingOptions.NONE, "run.save_every=2"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("3 saves in a row failed")
                .hasMessageContaining("step 8 is already saved");
        assertThat(tiny.directory("failing").resolve("step-000000002")).isDirectory();
    }

    @Test
    void aTrainerThatWasReplacedSavesNothingMore() throws IOException {
        try (TrainingRun first = TrainingRun.open(
                tiny.config("replaced", "run.save_every=2"),
                TrainingOptions.NONE,
                TinyRun.surroundings(new ArrayList<>()))) {
            TrainingOptions takeover = new TrainingOptions(
                    Set.of(), false, OptionalLong.of(5), OptionalLong.empty(), RunClaim.Rival.FENCE);
            assertThat(tiny.train("replaced", takeover, "run.save_every=5")).isEqualTo(ExitCode.STOPPED);
            assertThatThrownBy(first::train)
                    .isInstanceOf(SupersededException.class)
                    .hasMessageContaining("epoch 2 was claimed by another trainer");
        }
        assertThat(new File(tiny.directory("replaced").toString()).list())
                .filteredOn(name -> name.contains("step"))
                .containsExactly("step-000000005");
    }

    @Test
    void theBestByEvaluationStay() throws IOException {
        tiny.train(
                "best",
                TrainingOptions.NONE,
                "run.steps=12",
                "run.save_every=2",
                "run.evaluate_every=4",
                "run.keep_last=1",
                "run.keep_best=1",
                "run.keep_every=6",
                "optimizer.schedule.decay_steps=1");
        assertThat(new File(tiny.directory("best").toString()).list())
                .filteredOn(name -> name.startsWith("step"))
                .containsExactlyInAnyOrder("step-000000006", "step-000000010", "step-000000012");
        try (Checkpoint newest =
                new CheckpointReader(new LocalStorage(), tiny.directory("best").toString()).open(12)) {
            assertThat(newest.state().get("evaluation"))
                    .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                    .containsEntry("step", 12L)
                    .containsOnlyKeys("step", "bits_per_byte", "mean_bits_per_byte");
        }
    }

    @Test
    void refusesAnotherTokenizerWhateverIsAllowed() throws IOException {
        tiny.train("words", stopAfter(2));
        Path other = folder.resolve("other-tokenizer.json");
        Files.writeString(other, Files.readString(TinyRun.tokenizer()) + "\n");
        TrainingOptions everything = new TrainingOptions(Set.of("data", "run", "optimizer"), true, OptionalLong.of(3));
        assertThatThrownBy(() -> tiny.train("words", everything, "data.tokenizer=" + other))
                .hasMessageContaining("tokenizer");
    }

    @Test
    void theNumberOfThreadsChangesNoBit() throws IOException {
        tiny.train("one-thread", stopAfter(8), "run.threads=1");
        tiny.train("three-threads", stopAfter(5), "run.threads=3");
        tiny.train("three-threads", stopAfter(8), "run.threads=2");
        assertThat(tiny.metrics("three-threads")).isEqualTo(tiny.metrics("one-thread"));
        assertThat(tiny.tensors("three-threads")).isEqualTo(tiny.tensors("one-thread"));
    }

    @Test
    void stopsWhenAsked() {
        List<String> lines = new ArrayList<>();
        Surroundings surroundings = TinyRun.surroundings(lines);
        surroundings.stop().request("SIGTERM");
        try (TrainingRun run = TrainingRun.open(tiny.config("stopped"), TrainingOptions.NONE, surroundings)) {
            assertThat(run.train()).isEqualTo(ExitCode.STOPPED);
            assertThat(run.step()).isEqualTo(1);
        }
        assertThat(lines).hasSize(2);
        assertThat(lines.getFirst())
                .contains("60 steps of 96 tokens")
                .contains("recipe fp8_blockwise")
                .endsWith("from the start");
        assertThat(lines.getLast()).startsWith("step 1/60  loss ");
        assertThat(tiny.directory("stopped").resolve("step-000000001")).isDirectory();
        assertThat(tiny.directory("stopped").resolve("epochs/epoch-00000001.released"))
                .exists();
    }

    @Test
    void aFinishedRunHasNothingToDo() throws IOException {
        assertThat(tiny.train("finished", TrainingOptions.NONE, "run.steps=10")).isEqualTo(ExitCode.OK);
        List<String> before = tiny.metrics("finished");
        assertThat(tiny.train("finished", TrainingOptions.NONE, "run.steps=10")).isEqualTo(ExitCode.OK);
        assertThat(tiny.metrics("finished")).isEqualTo(before).hasSize(11);
        assertThat(before.getLast()).contains("\"event\":\"evaluation\",\"step\":10,\"bits_per_byte\":{\"prose\":");
    }

    @Test
    void twoTrainersDoNotShareAFolder() {
        try (TrainingRun first = TrainingRun.open(
                tiny.config("shared"), TrainingOptions.NONE, TinyRun.surroundings(new ArrayList<>()))) {
            assertThatThrownBy(() -> tiny.train("shared", TrainingOptions.NONE))
                    .isInstanceOf(RunInUseException.class)
                    .hasMessageContaining("in use by another trainer")
                    .hasMessageContaining(first.directory());
        }
    }

    @Test
    void refusesACheckpointOfAnotherModelRecipeOrCourse() {
        tiny.train("refused", stopAfter(2));
        Map<String, String> refusals = Map.of(
                "model.num_hidden_layers=3", "model.num_hidden_layers (2 in the checkpoint, 3 now)",
                "precision.recipe=fp32", "precision.recipe (fp8_blockwise in the checkpoint, fp32 now)",
                "optimizer.learning_rate=1e-3", "optimizer.learning_rate (0.005 in the checkpoint, 0.001 now)",
                "run.seed=1", "run.seed (0 in the checkpoint, 1 now)");
        refusals.forEach((set, message) -> assertThatThrownBy(() -> tiny.train("refused", stopAfter(3), set))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("step-000000002")
                .hasMessageContaining(message));
        TrainingOptions allowed = new TrainingOptions(Set.of("optimizer.learning_rate"), false, OptionalLong.of(3));
        assertThat(tiny.train("refused", allowed, "optimizer.learning_rate=1e-3"))
                .isEqualTo(ExitCode.STOPPED);
        assertThat(tiny.train("refused", stopAfter(4), "optimizer.learning_rate=1e-3", "run.save_every=1"))
                .isEqualTo(ExitCode.STOPPED);
    }

    @Test
    void refusesOtherDataUnlessTold() throws IOException {
        tiny.corpus("moved", 5);
        String[] sets = {"data.sources.prose.path=" + folder.resolve("moved")};
        tiny.train("data", stopAfter(2));
        assertThatThrownBy(() -> tiny.train("data", stopAfter(3), sets))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("the shards of prose")
                .hasMessageContaining("--accept-data-change");
        assertThat(tiny.train("data", new TrainingOptions(Set.of(), true, OptionalLong.of(3)), sets))
                .isEqualTo(ExitCode.STOPPED);
    }

    @Test
    void failsBeforeTheRunFolderIsTouchedWhenItCannotTrain() {
        assertThatThrownBy(() -> tiny.train("never", TrainingOptions.NONE, "model.vocab_size=4095"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("model.vocab_size")
                .hasMessageContaining("4095 < 4096");
        assertThatThrownBy(() -> tiny.train("never", TrainingOptions.NONE, "data.sources.prose.path=nowhere"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nowhere");
        assertThatThrownBy(() -> tiny.train("never", TrainingOptions.NONE, "data.tokenizer=nowhere.json"))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("nowhere.json");
        assertThat(tiny.directory("never")).doesNotExist();
    }

    @Test
    void writesTheEffectiveConfig() throws IOException {
        tiny.train("config", stopAfter(1), "run.steps=50");
        assertThat(Files.readString(tiny.directory("config").resolve("config.yaml")))
                .contains("steps: 50");
    }
}
