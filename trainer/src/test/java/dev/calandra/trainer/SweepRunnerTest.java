package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.AutoValues;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.SweepFile;
import dev.calandra.laws.records.RunRecord;
import dev.calandra.laws.records.RunStatus;
import dev.calandra.trainer.metrics.StepRecord;
import dev.calandra.trainer.run.StopRequest;
import dev.calandra.trainer.sweep.RunLog;
import dev.calandra.trainer.sweep.SweepListener;
import dev.calandra.trainer.sweep.SweepRun;
import dev.calandra.trainer.sweep.SweepRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepRunnerTest {
    private static final AutoValues NOBODY = (config, batchSize, tokens) -> {
        throw new AssertionError("nothing here says auto");
    };
    private static final String GRID = """
            set: {run.steps: 12, derive.warmup_share: 0.2, optimizer.schedule: {type: cosine}, run.save_every: 3}
            grid:
              optimizer.learning_rate: [2e-3, 5e-3]
              run.batch_size: [2, 4]
            """;

    @TempDir
    private Path folder;

    private TinyRun tiny;

    @BeforeEach
    void tokenize() throws IOException {
        tiny = new TinyRun(folder);
    }

    private SweepFile file(String directory, String text) throws IOException {
        Path file = folder.resolve(directory + ".yaml");
        Files.writeString(
                file, "base: %s\ndirectory: %s\n".formatted(tiny.configFile(), folder.resolve(directory)) + text);
        return SweepFile.read(file);
    }

    private static ExitCode train(SweepFile file, int sideBySide, SweepListener listener, StopRequest stop) {
        return new SweepRunner(
                        Path.of(file.directory()),
                        SweepRun.of(file, List.of("run.micro_batch_size=0"), NOBODY),
                        file.earlyStop(),
                        listener,
                        stop)
                .train(sideBySide);
    }

    private static List<RunRecord> records(SweepFile file) throws IOException {
        try (RunLog log = RunLog.open(SweepRunner.recordsIn(Path.of(file.directory())))) {
            return log.records();
        }
    }

    private static Map<String, RunRecord> byName(SweepFile file) throws IOException {
        return records(file).stream().collect(Collectors.toMap(RunRecord::name, record -> record));
    }

    /** Counts, and asks to stop after a number of steps of all runs together. */
    private static final class Watch implements SweepListener {
        private final List<String> steps = Collections.synchronizedList(new ArrayList<>());
        private final StopRequest stop;
        private final int after;

        private Watch(StopRequest stop, int after) {
            this.stop = stop;
            this.after = after;
        }

        @Override
        public void step(SweepRun run, StepRecord step) {
            steps.add(run.name() + " " + step.step());
            if (steps.size() >= after) {
                stop.request("enough");
            }
        }

        @Override
        public void ended(SweepRun run, RunRecord record) {
            assertThat(record.name()).isEqualTo(run.name());
        }

        @Override
        public void paused(SweepRun run) {
            assertThat(stop.requested()).isTrue();
        }
    }

    @Test
    void aStoppedSweepGoesOnAndGivesTheRecordsOfAnUninterruptedOne() throws IOException {
        StopRequest never = new StopRequest();
        SweepFile whole = file("whole", GRID);
        Watch watch = new Watch(never, Integer.MAX_VALUE);
        assertThat(train(whole, 2, watch, never)).isEqualTo(ExitCode.OK);
        assertThat(watch.steps).hasSize(4 * 12).doesNotHaveDuplicates();
        assertThat(records(whole)).hasSize(4).allSatisfy(record -> {
            assertThat(record.status()).isEqualTo(RunStatus.FINISHED);
            assertThat(record.tokens()).isEqualTo(12 * record.batchTokens());
            assertThat(record.sixNdFlops()).isEqualTo(6.0 * record.activeParameters() * record.tokens());
            assertThat(record.validationLoss()).isPositive();
        });

        SweepFile broken = file("broken", GRID);
        List<String> seen = new ArrayList<>();
        ExitCode end = ExitCode.STOPPED;
        for (int process = 0; end == ExitCode.STOPPED; process++) {
            assertThat(process).isLessThan(10);
            StopRequest stop = new StopRequest();
            Watch part = new Watch(stop, 13);
            end = train(broken, 1, part, stop);
            seen.addAll(part.steps);
        }
        // Saved where it was stopped: no step is done twice. One at a time or side by side: the same numbers.
        assertThat(seen).hasSize(4 * 12).doesNotHaveDuplicates();
        assertThat(byName(broken)).isEqualTo(byName(whole));

        Watch again = new Watch(never, Integer.MAX_VALUE);
        assertThat(train(broken, 2, again, never)).isEqualTo(ExitCode.OK);
        assertThat(again.steps).isEmpty();
        assertThat(records(broken)).hasSize(4);
    }

    @Test
    void endedRunsKeepTheirMetricsAndDropTheirCheckpoints() throws IOException {
        StopRequest never = new StopRequest();
        SweepFile file = file("sweep", GRID);
        train(file, 2, new Watch(never, Integer.MAX_VALUE), never);

        for (SweepRun run : SweepRun.of(file, List.of("run.micro_batch_size=0"), NOBODY)) {
            try (Stream<Path> entries = Files.list(run.folder())) {
                assertThat(entries.map(entry -> entry.getFileName().toString()))
                        .containsExactlyInAnyOrder("config.yaml", "epochs", "metrics.jsonl");
            }
        }
    }

    @Test
    void aHopelessRunIsGivenUpAndRecordedAsSuch() throws IOException {
        StopRequest never = new StopRequest();
        SweepFile file = file("early", """
                set: {run.steps: 40, optimizer.schedule: {type: cosine, warmup_steps: 1}}
                grid: {optimizer.learning_rate: [5e-3, 1e-7]}
                early_stop: {after: 0.5, margin: 0.02}
                """);
        assertThat(train(file, 1, new Watch(never, Integer.MAX_VALUE), never)).isEqualTo(ExitCode.OK);

        assertThat(records(file)).hasSize(2);
        assertThat(records(file).getFirst().status()).isEqualTo(RunStatus.FINISHED);
        RunRecord hopeless = records(file).getLast();
        assertThat(hopeless.status()).isEqualTo(RunStatus.STOPPED_EARLY);
        assertThat(hopeless.reason()).contains("at step 22, where the best run of equal model and tokens had");
        assertThat(hopeless.tokens()).isEqualTo(22 * hopeless.batchTokens());
        assertThat(hopeless.validationLoss()).isNull();
    }

    @Test
    void aRunWhoseNumbersExplodeIsRecordedAsDivergedAndTheOthersGoOn() throws IOException {
        StopRequest never = new StopRequest();
        SweepFile file = file("wild", """
                set: {run.steps: 12, optimizer.schedule: {type: constant}, optimizer.max_grad_norm: 1e30}
                grid: {optimizer.learning_rate: [1e30, 5e-3]}
                """);
        assertThat(train(file, 1, new Watch(never, Integer.MAX_VALUE), never)).isEqualTo(ExitCode.OK);

        assertThat(records(file)).extracting(RunRecord::status).containsExactly(RunStatus.DIVERGED, RunStatus.FINISHED);
        assertThat(records(file).getFirst().reason()).isNotBlank();
    }

    @Test
    void mistakesOfAllRunsAreReportedOnceAndPointsOfEqualConfigAreOneRun() throws IOException {
        SweepFile wrong = file("wrong", "set: {run.stepps: 3}\ngrid: {run.seed: [1, 2, 3]}\n");
        assertThatThrownBy(() -> SweepRun.of(wrong, List.of(), NOBODY))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("wrong.yaml:3: run.stepps: unknown key; did you mean steps?")
                .extracting(e -> ((ConfigException) e).problems())
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .hasSize(1);

        SweepFile same = file("same", "grid: {run.seed: [1, 2]}\n");
        assertThat(SweepRun.of(same, List.of("run.seed=5"), NOBODY)).hasSize(2);
        assertThat(SweepRun.of(file("list", "list: [{run.steps: 9}, {run.steps: 9}]\n"), List.of(), NOBODY))
                .hasSize(1);

        SweepFile remote = new SweepFile(Path.of("s.yaml"), "hdfs://n/s", 1, same.earlyStop(), same.points());
        assertThatThrownBy(() -> SweepRun.of(remote, List.of(), NOBODY)).hasMessageContaining("not on local disk");
    }

    @Test
    void aSecondSweepOfTheSameFolderIsRefused() throws IOException {
        SweepFile file = file("sweep", GRID);
        Files.createDirectories(Path.of(file.directory()));
        StopRequest never = new StopRequest();
        try (RunLog _ = RunLog.open(SweepRunner.recordsIn(Path.of(file.directory())))) {
            assertThatThrownBy(() -> train(file, 1, new Watch(never, 1), never))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("in use by another sweep");
        }
    }

    /** The folder of one run is taken by a file. */
    @Test
    void aRunThatFailsIsRecordedAndTheOthersGoOnAndItIsTriedAgain() throws IOException {
        SweepFile file = file("failing", GRID);
        List<SweepRun> runs = SweepRun.of(file, List.of("run.micro_batch_size=0"), NOBODY);
        Path taken = runs.getFirst().folder();
        Files.createDirectories(taken.getParent());
        Files.writeString(taken, "not a folder");
        Watch watch = new Watch(new StopRequest(), Integer.MAX_VALUE);
        SweepRunner runner =
                new SweepRunner(Path.of(file.directory()), runs, file.earlyStop(), watch, new StopRequest());

        ExitCode end = runner.train(1);

        assertThat(end).isNotIn(ExitCode.OK, ExitCode.STOPPED);
        assertThat(runner.failed()).containsOnlyKeys(runs.getFirst().name());
        Map<String, RunRecord> records = byName(file);
        assertThat(records).hasSize(4);
        RunRecord failed = records.get(runs.getFirst().name());
        assertThat(failed.status()).isEqualTo(RunStatus.FAILED);
        assertThat(failed.reason()).isNotBlank();
        assertThat(records.values().stream().filter(each -> each.status() == RunStatus.FINISHED))
                .hasSize(3);

        Files.delete(taken);
        Watch again = new Watch(new StopRequest(), Integer.MAX_VALUE);
        assertThat(train(file, 1, again, new StopRequest())).isEqualTo(ExitCode.OK);
        assertThat(byName(file).get(failed.name()).status()).isEqualTo(RunStatus.FINISHED);
        assertThat(again.steps).hasSize(12).allMatch(step -> step.startsWith(failed.name()));
        assertThat(Files.readAllLines(SweepRunner.recordsIn(Path.of(file.directory()))))
                .hasSize(5);
    }
}
