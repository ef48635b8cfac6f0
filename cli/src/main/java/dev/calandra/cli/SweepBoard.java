package dev.calandra.cli;

import dev.calandra.laws.records.RunRecord;
import dev.calandra.laws.records.RunStatus;
import dev.calandra.trainer.metrics.StepRecord;
import dev.calandra.trainer.sweep.RunLog;
import dev.calandra.trainer.sweep.SweepListener;
import dev.calandra.trainer.sweep.SweepRun;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The progress of a sweep: one line for each run that ends, and below them, on a terminal, a table of the runs under way that is
 * drawn again in place. Elsewhere the table is left out and a line on the whole sweep comes now and then.
 */
final class SweepBoard implements SweepListener, AutoCloseable {
    private static final double SECOND = 1e9;
    private static final double SECONDS_BETWEEN_DRAWINGS = 0.5;
    private static final double SECONDS_BETWEEN_LINES = 30;
    private static final String ERASE_LINE_ABOVE = "\u001b[1A\u001b[2K";

    private final List<SweepRun> runs;
    private final PrintWriter out;
    private final boolean terminal;
    private final LongSupplier clock;
    private final long start;
    private final Map<SweepRun, StepRecord> active = new LinkedHashMap<>();
    private final Map<SweepRun, Double> beganWith = new LinkedHashMap<>();
    private final Map<RunStatus, Integer> ended = new EnumMap<>(RunStatus.class);
    private final double workBefore;
    private double workOfEnded;
    private double workSkipped;
    private double next;
    private int drawn;

    private SweepBoard(
            List<SweepRun> runs, List<RunRecord> earlier, PrintWriter out, boolean terminal, LongSupplier clock) {
        this.runs = runs;
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
        this.start = clock.getAsLong();
        this.next = terminal ? 0 : SECONDS_BETWEEN_LINES;
        Set<String> done = earlier.stream().map(RunRecord::name).collect(Collectors.toSet());
        this.workBefore = runs.stream()
                .filter(run -> done.contains(run.name()))
                .mapToDouble(SweepRun::work)
                .sum();
        earlier.stream()
                .filter(record -> runs.stream().anyMatch(run -> run.name().equals(record.name())))
                .forEach(record -> ended.merge(record.status(), 1, Integer::sum));
        if (!ended.isEmpty()) {
            out.println(doneSoFar() + " before; they are not repeated");
        }
    }

    /** The board of this process, with what earlier processes have recorded. */
    static SweepBoard of(List<SweepRun> runs, Path records, PrintWriter out) {
        Console console = System.console();
        boolean terminal = console != null && console.isTerminal();
        return new SweepBoard(runs, earlier(records), out, terminal, System::nanoTime);
    }

    /** A board with a clock of the caller's, in nanoseconds. */
    static SweepBoard of(List<SweepRun> runs, PrintWriter out, boolean terminal, LongSupplier clock) {
        return new SweepBoard(runs, List.of(), out, terminal, clock);
    }

    private static List<RunRecord> earlier(Path records) {
        if (!Files.exists(records)) {
            return List.of();
        }
        try (RunLog log = RunLog.open(records)) {
            return log.records().stream()
                    .filter(record -> log.contains(record.name()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void step(SweepRun run, StepRecord step) {
        active.put(run, step);
        beganWith.putIfAbsent(run, run.work() * (step.step() - 1) / step.steps());
        if (seconds() >= next) {
            draw();
            next = seconds() + (terminal ? SECONDS_BETWEEN_DRAWINGS : SECONDS_BETWEEN_LINES);
        }
    }

    @Override
    public synchronized void ended(SweepRun run, RunRecord record) {
        active.remove(run);
        workOfEnded += run.work() - beganWith.getOrDefault(run, run.work());
        workSkipped += beganWith.getOrDefault(run, run.work());
        ended.merge(record.status(), 1, Integer::sum);
        erase();
        String loss = record.validationLoss() != null
                ? String.format(Locale.ROOT, "held-out loss %.4f", record.validationLoss())
                : record.reason() == null ? "" : record.reason();
        out.println(doneSoFar() + "  " + run.name() + "  " + word(record.status()) + "  " + loss);
        draw();
    }

    @Override
    public synchronized void paused(SweepRun run) {
        active.remove(run);
    }

    /** Prints how the sweep stands. */
    synchronized void summarise() {
        erase();
        String counts = ended.entrySet().stream()
                .map(entry -> entry.getValue() + " " + word(entry.getKey()))
                .collect(Collectors.joining(", "));
        out.println(doneSoFar() + (counts.isEmpty() ? "" : ": " + counts));
    }

    @Override
    public synchronized void close() {
        erase();
    }

    private String doneSoFar() {
        return ended.values().stream().mapToInt(Integer::intValue).sum() + " of " + runs.size() + " runs";
    }

    private void draw() {
        erase();
        List<String> lines = new ArrayList<>();
        if (terminal) {
            StringWriter text = new StringWriter();
            table().print(new PrintWriter(text, true));
            text.toString().lines().forEach(lines::add);
        }
        lines.add("%s, %d under way, about %s left".formatted(doneSoFar(), active.size(), left()));
        lines.forEach(out::println);
        out.flush();
        drawn = terminal ? lines.size() : 0;
    }

    private void erase() {
        out.print(ERASE_LINE_ABOVE.repeat(drawn));
        out.flush();
        drawn = 0;
    }

    private Table table() {
        Table table = new Table("RUN", "STEP", "LOSS", "TOKENS/S", "LEFT");
        active.forEach((run, step) -> table.add(
                run.name(),
                step.step() + "/" + step.steps(),
                String.format(Locale.ROOT, "%.4f", step.loss()),
                String.format(Locale.ROOT, "%.0f", step.tokensPerSecond()),
                time((step.steps() - step.step()) * step.seconds())));
        return table;
    }

    /** From the FLOPs done since this process began; those of earlier ones say nothing about its speed. */
    private String left() {
        double total = runs.stream().mapToDouble(SweepRun::work).sum();
        double done = workOfEnded;
        double before = workBefore + workSkipped;
        for (Map.Entry<SweepRun, StepRecord> entry : active.entrySet()) {
            double own = entry.getKey().work()
                    * entry.getValue().step()
                    / entry.getValue().steps();
            done += own - beganWith.get(entry.getKey());
            before += beganWith.get(entry.getKey());
        }
        return done > 0 ? time((total - before - done) / done * seconds()) : "?";
    }

    private double seconds() {
        return (clock.getAsLong() - start) / SECOND;
    }

    private static String word(RunStatus status) {
        return status.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String time(double seconds) {
        long whole = (long) Math.ceil(Math.max(0, seconds));
        return String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }
}
