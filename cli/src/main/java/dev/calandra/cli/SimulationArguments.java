package dev.calandra.cli;

import dev.calandra.configs.Configs;
import dev.calandra.configs.DataException;
import dev.calandra.laws.plan.Layout;
import dev.calandra.laws.plan.Link;
import dev.calandra.laws.plan.MeasuredRun;
import dev.calandra.laws.plan.Node;
import dev.calandra.laws.plan.RoutingTrace;
import dev.calandra.laws.plan.Simulation;
import dev.calandra.trainer.bench.LinkBenchmark;
import dev.calandra.trainer.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** What {@code plan --simulate} knows of the machine. */
final class SimulationArguments {

    /** Ranks that time messages here: each takes 50 MB. Beyond the cores they would take turns, which the simulation adds by itself. */
    private static final int MOST_TIMED = 8;

    @Option(
            names = "--rank-tokens-per-second",
            paramLabel = "RATE",
            description = "Measured with one rank by itself, with --threads threads.")
    private Double rankRate;

    @Option(
            names = "--measured",
            paramLabel = "METRICS",
            description =
                    "metrics.jsonl of a run of one rank, with the config.yaml beside it: its rate, its threads, and its routing where balance.trace_every kept it.")
    private Path measured;

    @Option(
            names = "--routing",
            paramLabel = "METRICS",
            description = "metrics.jsonl of any run with balance.trace_every: its routing (default: even).")
    private Path routing;

    @Option(
            names = "--threads",
            paramLabel = "T",
            description = "Threads of each rank (default: those of --measured, else 1).")
    private Integer threads;

    @Option(names = "--cores", paramLabel = "C", description = "Cores of a node (default: of this machine).")
    private Integer cores;

    @Option(names = "--ranks-per-node", paramLabel = "R", description = "Ranks on a node (default: all).")
    private Integer ranksPerNode;

    @Option(
            names = "--latency",
            paramLabel = "SECONDS",
            description =
                    "Of a message between two ranks; with --bandwidth (default: both are measured between threads here).")
    private Double latency;

    @Option(
            names = "--bandwidth",
            paramLabel = "BYTES",
            description = "Bytes a second that one rank sends; with --latency.")
    private Double bandwidth;

    /** Whether any of them was given. */
    boolean given() {
        return Stream.of(rankRate, measured, routing, threads, cores, ranksPerNode, latency, bandwidth)
                .anyMatch(Objects::nonNull);
    }

    /**
     * Reads and measures what is needed.
     *
     * @throws IllegalArgumentException for options that do not fit together: which, and what would
     */
    Simulation.Measured measured(Layout layout) {
        if ((latency == null) != (bandwidth == null)) {
            throw new IllegalArgumentException("--latency and --bandwidth go together; give both or neither");
        }
        Optional<MeasuredRun> run = Optional.ofNullable(measured).map(SimulationArguments::read);
        double rate = rate(run);
        RoutingTrace trace = Optional.ofNullable(routing)
                .map(file -> read(file).trace())
                .or(() -> run.map(MeasuredRun::trace))
                .orElse(RoutingTrace.EVEN);
        int together = ranksPerNode == null ? layout.ranks() : Math.min(ranksPerNode, layout.ranks());
        int all = cores == null ? Runtime.getRuntime().availableProcessors() : cores;
        Node node = new Node(all, together, threads(all));
        return new Simulation.Measured(rate, link(layout), node, trace);
    }

    /** The rate of a run is that of its threads, of which 0 stands for all cores. */
    private int threads(int cores) {
        if (rankRate != null || measured == null) {
            return threads == null ? 1 : threads;
        }
        Path config = measured.resolveSibling(RunDirectory.CONFIG.value());
        if (!Files.exists(config)) {
            if (threads == null) {
                throw new IllegalArgumentException(
                        config + " is not there to say how many threads the run of --measured had; add --threads");
            }
            return threads;
        }
        int own = Configs.load(config, List.of()).config().run().threads();
        int used = own == 0 ? cores : own;
        if (threads != null && threads != used) {
            throw new IllegalArgumentException(
                    "--threads is %d, but the run of --measured had %d (%s); leave it out, or measure a run with --set run.threads=%d"
                            .formatted(threads, used, config, threads));
        }
        return used;
    }

    private double rate(Optional<MeasuredRun> run) {
        if (rankRate != null) {
            return rankRate;
        }
        if (run.isEmpty()) {
            throw new IllegalArgumentException(
                    "--simulate needs a measured rate; give --rank-tokens-per-second, or --measured RUN/metrics.jsonl");
        }
        if (run.get().severalRanks()) {
            throw new IllegalArgumentException(
                    measured
                            + " is of a run of several ranks, whose rate is not that of one by itself; measure a run of one rank, and give this one as --routing");
        }
        return run.get()
                .tokensPerSecond()
                .orElseThrow(() ->
                        new DataException(measured + ": no step behind the tenth, so no rate; measure a longer run"));
    }

    private Link link(Layout layout) {
        if (latency != null) {
            return new Link(latency, bandwidth);
        }
        if (layout.ranks() == 1) {
            return new Link(0, Double.MAX_VALUE);
        }
        int ownCores = Math.max(2, Runtime.getRuntime().availableProcessors());
        LinkBenchmark.Cost cost = LinkBenchmark.local(Math.min(Math.min(layout.ranks(), ownCores), MOST_TIMED));
        return new Link(cost.latency(), cost.bytesPerSecond());
    }

    private static MeasuredRun read(Path file) {
        try {
            return MeasuredRun.of(file.toString(), Files.readAllLines(file));
        } catch (IOException e) {
            throw new DataException(
                    file + ": cannot be read (" + e.getMessage() + "); name the metrics.jsonl of a run", e);
        }
    }
}
