package dev.calandra.cli;

import dev.calandra.configs.AutoValues;
import dev.calandra.configs.CalandraException;
import dev.calandra.configs.EarlyStopConfig;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.SweepFile;
import dev.calandra.laws.choice.LawAutoValues;
import dev.calandra.trainer.run.StopRequest;
import dev.calandra.trainer.sweep.SweepRun;
import dev.calandra.trainer.sweep.SweepRunner;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Trains many small runs side by side, and records each as a line of {@code runs.jsonl}. */
@Command(
        name = "sweep",
        description =
                "Train a grid of small runs side by side and record each in runs.jsonl. A sweep that was stopped or killed"
                        + " goes on: runs that have a record are not repeated.")
final class SweepCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SWEEP", arity = "1..*", description = "YAML files, such as configs/sweeps/*.yaml.")
    private List<Path> files = List.of();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "Override one key of every run, such as data.sources.books.path=data/novels; may be repeated.")
    private List<String> sets = new ArrayList<>();

    @Option(names = "--cores", paramLabel = "N", description = "Cores to use (default: all).")
    private Integer cores;

    @Option(names = "--dry-run", description = "List the runs, what they derive and what they cost; train nothing.")
    private boolean dryRun;

    private record Sweep(SweepFile file, List<SweepRun> runs) {}

    @Override
    public Integer call() {
        if (cores != null && cores < 1) {
            throw new ParameterException(spec.commandLine(), "--cores must be at least 1, is " + cores);
        }
        // All files are read before the first run: a mistake in the last one should not show after an hour.
        List<Sweep> sweeps = new ArrayList<>();
        PrintWriter err = spec.commandLine().getErr();
        AutoValues auto = new LawAutoValues(warning -> err.println("calandra: " + warning));
        for (Path path : files) {
            SweepFile file = SweepFile.read(path);
            sweeps.add(new Sweep(file, SweepRun.of(file, sets, auto)));
        }
        if (dryRun) {
            sweeps.forEach(this::list);
            return ExitCode.OK.code();
        }
        StopRequest stop = new StopRequest();
        StopSignals.watch(stop, err);
        ExitCode worst = ExitCode.OK;
        for (Sweep sweep : sweeps) {
            ExitCode end = train(sweep, stop);
            if (end == ExitCode.STOPPED) {
                err.println("calandra: stopped; the same command goes on from there");
                return end.code();
            }
            worst = worst == ExitCode.OK ? end : worst;
        }
        return worst.code();
    }

    private ExitCode train(Sweep sweep, StopRequest stop) {
        Path directory = Path.of(sweep.file().directory());
        int available = cores == null ? Runtime.getRuntime().availableProcessors() : cores;
        int sideBySide = Math.max(1, available / sweep.file().threadsPerRun());
        Optional<EarlyStopConfig> rule = sweep.file().earlyStop();
        PrintWriter out = spec.commandLine().getOut();
        try (SweepBoard board = SweepBoard.of(sweep.runs(), SweepRunner.recordsIn(directory), out)) {
            SweepRunner runner = new SweepRunner(directory, sweep.runs(), rule, board, stop);
            ExitCode end = runner.train(sideBySide);
            board.summarise();
            report(runner.failed(), sweep.runs().size());
            return end;
        }
    }

    private void report(Map<String, Exception> failed, int runs) {
        if (failed.isEmpty()) {
            return;
        }
        PrintWriter err = spec.commandLine().getErr();
        failed.values().stream()
                .filter(failure -> !(failure instanceof CalandraException))
                .findFirst()
                .ifPresent(failure -> failure.printStackTrace(err));
        err.printf(
                "calandra: %d of %d runs failed: %s; runs.jsonl says why, and the same command tries them again%n",
                failed.size(), runs, String.join(", ", failed.keySet()));
    }

    private void list(Sweep sweep) {
        Table table = new Table("RUN", "ACTIVE", "TOKENS", "STEPS", "BATCH TOKENS", "LEARNING RATE", "M D", "6 N D");
        double work = 0;
        for (SweepRun run : sweep.runs()) {
            long active = run.cost().parameters().active();
            table.add(
                    run.name(),
                    String.format(Locale.ROOT, "%,d", active),
                    String.format(Locale.ROOT, "%,d", run.tokens()),
                    Integer.toString(run.config().config().run().steps()),
                    Integer.toString(run.config().config().tokensPerStep()),
                    String.format(
                            Locale.ROOT,
                            "%.2e",
                            run.config().config().optimizer().learningRate()),
                    String.format(Locale.ROOT, "%.2e", (double) run.cost().scalingLawTrainingFlops() * run.tokens()),
                    String.format(Locale.ROOT, "%.2e", run.cost().sixNFlops() * run.tokens()));
            work += run.work();
        }
        PrintWriter out = spec.commandLine().getOut();
        table.print(out);
        out.printf(
                Locale.ROOT,
                "%d runs, %.3e FLOPs to compute, records in %s%n",
                sweep.runs().size(),
                work,
                SweepRunner.recordsIn(Path.of(sweep.file().directory())));
    }
}
