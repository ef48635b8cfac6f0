package dev.calandra.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.bench.BenchmarkResult;
import dev.calandra.trainer.bench.CheckpointBenchmark;
import dev.calandra.trainer.bench.CheckpointRates;
import dev.calandra.trainer.bench.GenerationBenchmark;
import dev.calandra.trainer.bench.ProfiledBenchmark;
import dev.calandra.trainer.bench.StepBenchmark;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures whole training steps of a config on this machine; needs no corpus. */
@Command(name = "bench", description = "Measure tokens per second, memory and the share of the machine's product rate.")
final class BenchCommand implements Callable<Integer> {

    private static final String DEFAULT_TRACE = "calandra-trace.json";

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments arguments;

    @Mixin
    private RankedCommand ranks;

    @Option(
            names = "--steps",
            defaultValue = "6",
            description = "Steps to measure after the warm-up (default ${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(
            names = "--profile",
            description =
                    "Then time every kernel of two further steps: rates and share of what the machine can do, and a trace.")
    private boolean profile;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "Where to write those two steps of all ranks as a trace that chrome://tracing and Perfetto open (default "
                            + DEFAULT_TRACE + " in the working folder); profiles by itself.")
    private Path trace;

    @Option(
            names = "--generate",
            paramLabel = "TOKENS",
            description =
                    "Measure generation behind a prefix of so many tokens instead of training: with keys and values kept,"
                            + " and with the prefix computed again for each token.")
    private Integer generate;

    @Option(
            names = "--checkpoint",
            paramLabel = "FOLDER",
            description = "Measure saving and loading of the model and its optimizer in this folder, local or hdfs://,"
                    + " instead of training, beside plain writes and reads of the same bytes.")
    private String checkpoint;

    @Override
    public Integer call() {
        requirePositive("--steps", steps);
        PretrainConfig config = arguments.load().config();
        PrintWriter err = spec.commandLine().getErr();
        if (generate != null) {
            requirePositive("--generate", generate);
            print(List.of(new GenerationReport(new GenerationBenchmark(config, err::println).run(generate))));
            return ExitCode.OK.code();
        }
        if (checkpoint != null) {
            print(List.of(new CheckpointReport(checkpointRates(config, err))));
            return ExitCode.OK.code();
        }
        return ranks.run(config.parallel(), (world, neighbours) -> {
            measure(config, new StepBenchmark(config, world, neighbours, err::println), world.rank() == 0);
            return ExitCode.OK.code();
        });
    }

    /** @param speaks whether this rank prints and writes what was measured */
    private void measure(PretrainConfig config, StepBenchmark benchmark, boolean speaks) {
        if (!speaks) {
            measureSilently(benchmark);
            return;
        }
        if (profile || trace != null) {
            ProfiledBenchmark measured = runTraced(benchmark, trace == null ? Path.of(DEFAULT_TRACE) : trace);
            List<Report> reports = stepReports(config, measured.result());
            if (profile) {
                reports.add(new ProfileReport(measured));
            }
            print(reports);
        } else {
            print(stepReports(config, benchmark.run(steps)));
        }
    }

    private static List<Report> stepReports(PretrainConfig config, BenchmarkResult result) {
        return new ArrayList<>(List.of(new StepReport(config, result), new CollectiveReport(result)));
    }

    private void measureSilently(StepBenchmark benchmark) {
        if (profile || trace != null) {
            benchmark.runProfiled(steps);
        } else {
            benchmark.run(steps);
        }
    }

    private CheckpointRates checkpointRates(PretrainConfig config, PrintWriter err) {
        try (StorageLocation place = Storages.open(checkpoint)) {
            return new CheckpointBenchmark(config, err::println).run(place, steps);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requirePositive(String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " must be at least 1, is " + value);
        }
    }

    /** Opens the file first: a path that cannot be written to is reported before the measurement, not after. */
    private ProfiledBenchmark runTraced(StepBenchmark benchmark, Path file) {
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            ProfiledBenchmark measured = benchmark.runProfiled(steps);
            writer.write(measured.trace());
            spec.commandLine().getErr().println("calandra: timeline of two steps in " + file);
            return measured;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void print(List<Report> reports) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            reports.forEach(report -> fields.putAll(report.fields()));
            out.println(json(fields));
        } else {
            reports.forEach(report -> report.print(out));
        }
    }

    private static String json(Map<String, Object> fields) {
        try {
            return new ObjectMapper().writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of numbers and strings is always JSON", e);
        }
    }
}
