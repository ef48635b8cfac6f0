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
import dev.calandra.trainer.bench.GenerationResult;
import dev.calandra.trainer.bench.ProfiledBenchmark;
import dev.calandra.trainer.bench.StepBenchmark;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
        PrintWriter out = spec.commandLine().getOut();
        if (generate != null) {
            requirePositive("--generate", generate);
            print(new GenerationBenchmark(config, err::println).run(generate), out);
            return ExitCode.OK.code();
        }
        if (checkpoint != null) {
            print(checkpointRates(config, err), out);
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
        PrintWriter out = spec.commandLine().getOut();
        if (profile || trace != null) {
            print(config, runTraced(benchmark, trace == null ? Path.of(DEFAULT_TRACE) : trace), out);
        } else {
            print(config, benchmark.run(steps), Optional.empty(), out);
        }
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

    private void print(CheckpointRates rates, PrintWriter out) {
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("bytes", rates.bytes());
            fields.put("copy", rates.copy());
            fields.put("plain_write", rates.plainWrite());
            fields.put("write", rates.write());
            fields.put("save", rates.save());
            fields.put("plain_read", rates.plainRead());
            fields.put("verify", rates.verify());
            fields.put("load", rates.load());
            fields.put("load_unverified", rates.loadUnverified());
            out.println(json(fields));
            return;
        }
        Table table = new Table("WHAT", "GB/S", "OF A PLAIN COPY");
        addRate(table, "plain copy, file to file, synced", rates.copy(), rates.copy());
        addRate(table, "plain write from memory, synced", rates.plainWrite(), rates.copy());
        addRate(table, "tensors written with checksums, synced", rates.write(), rates.copy());
        addRate(table, "whole save: committed and read back", rates.save(), rates.copy());
        addRate(table, "plain read, page cache", rates.plainRead(), rates.copy());
        addRate(table, "every byte verified", rates.verify(), rates.copy());
        addRate(table, "load without verifying", rates.loadUnverified(), rates.copy());
        addRate(table, "load, every byte verified first", rates.load(), rates.copy());
        table.print(out);
        out.printf(Locale.ROOT, "%.1f MiB%n", rates.bytes() / 1048576.0);
    }

    private static void addRate(Table table, String what, double rate, double plain) {
        table.add(
                what,
                String.format(Locale.ROOT, "%.2f", rate),
                String.format(Locale.ROOT, "%.0f %%", 100 * rate / plain));
    }

    private void requirePositive(String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " must be at least 1, is " + value);
        }
    }

    private void print(GenerationResult result, PrintWriter out) {
        if (json) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("prefix", result.prefix());
            fields.put("tokens_per_second", result.tokensPerSecond());
            fields.put("recomputed_tokens_per_second", result.recomputedTokensPerSecond());
            fields.put("ratio", result.ratio());
            fields.put("same_tokens", result.sameTokens());
            out.println(json(fields));
            return;
        }
        Table table = new Table("WHAT", "MEASURED");
        table.add("prefix", result.prefix() + " tokens");
        table.add("tokens per second", String.format(Locale.ROOT, "%.1f", result.tokensPerSecond()));
        table.add(
                "tokens per second, prefix computed again",
                String.format(Locale.ROOT, "%.1f", result.recomputedTokensPerSecond()));
        table.add("ratio", String.format(Locale.ROOT, "%.1f", result.ratio()));
        table.add("same tokens", result.sameTokens() ? "yes" : "no");
        table.print(out);
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

    private void print(PretrainConfig config, ProfiledBenchmark measured, PrintWriter out) {
        print(config, measured.result(), profile ? Optional.of(new ProfileReport(measured)) : Optional.empty(), out);
    }

    private void print(PretrainConfig config, BenchmarkResult result, Optional<ProfileReport> report, PrintWriter out) {
        if (json) {
            out.println(json(config, result, report));
        } else {
            print(config, result, out);
            new CollectiveReport(result).print(out);
            report.ifPresent(present -> present.print(out));
        }
    }

    private static void print(PretrainConfig config, BenchmarkResult result, PrintWriter out) {
        Table table = new Table("MEASURED", "");
        table.add("recipe", config.precision().recipe().name().toLowerCase(Locale.ROOT));
        table.add("kernels", result.kernels());
        if (result.ranks() > 1) {
            table.add(
                    "ranks",
                    "%d over %s, parallel.expert %d"
                            .formatted(
                                    result.ranks(),
                                    result.carrier(),
                                    config.parallel().expert()));
        }
        table.add("tokens per second", String.format(Locale.ROOT, "%.0f", result.tokensPerSecond()));
        table.add(
                "peak resident memory",
                result.peakRssMiB().isPresent() ? result.peakRssMiB().getAsLong() + " MiB" : "unknown");
        table.add(
                "sgemm",
                String.format(Locale.ROOT, "%.1f GFLOP/s", result.rates().f32()));
        table.add(
                "FP8 products",
                String.format(Locale.ROOT, "%.1f GFLOP/s", result.rates().fp8()));
        table.add("model FLOPs, share of sgemm", String.format(Locale.ROOT, "%.1f %%", 100 * result.modelFlopsShare()));
        table.print(out);
    }

    private static String json(PretrainConfig config, BenchmarkResult result, Optional<ProfileReport> report) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("recipe", config.precision().recipe().name().toLowerCase(Locale.ROOT));
        fields.put("kernels", result.kernels());
        fields.put("ranks", result.ranks());
        fields.put("tokens_per_second", result.tokensPerSecond());
        fields.put(
                "peak_rss_mib",
                result.peakRssMiB().isPresent() ? result.peakRssMiB().getAsLong() : null);
        fields.put("sgemm_gflops", result.rates().f32());
        fields.put("fp8_gflops", result.rates().fp8());
        fields.put("model_flops_share", result.modelFlopsShare());
        fields.putAll(new CollectiveReport(result).fields());
        report.ifPresent(present -> fields.putAll(present.fields()));
        return json(fields);
    }

    private static String json(Map<String, Object> fields) {
        try {
            return new ObjectMapper().writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of numbers and strings is always JSON", e);
        }
    }
}
