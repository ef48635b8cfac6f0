package dev.calandra.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.configs.Configs;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.TokenizeJob;
import dev.calandra.data.TokenizeOptions;
import dev.calandra.data.Tokenizer;
import dev.calandra.data.problems.Problem;
import dev.calandra.data.problems.ProblemGenerator;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.bench.StepBenchmark;
import dev.calandra.trainer.generate.Generator;
import dev.calandra.trainer.generate.Sampling;
import dev.calandra.trainer.metrics.RunSummary;
import dev.calandra.trainer.model.LingModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** The folder of a demo: {@code data/} with a folder of shards for each source, and {@code run/}. */
final class DemoRun {
    private static final int MEASURED_STEPS = 3;
    private static final int MINIMUM_STEPS = 10;
    private static final int MAXIMUM_WARM_UP = 20;
    private static final int EVALUATIONS = 4;
    private static final int EVALUATED_SEQUENCES = 16;
    private static final int GENERATED_TOKENS = 96;
    private static final Sampling SAMPLING = new Sampling(0.7, 0, 0.95, 0);
    /** Not the seed of the problems that were trained on. */
    private static final long PROMPT_SEED = DemoCorpus.PROBLEM_SEED + 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;
    private final Installation installation;
    private final Consumer<String> out;

    /** @param out takes lines for the user */
    DemoRun(Path directory, Installation installation, Consumer<String> out) {
        this.directory = directory.toAbsolutePath().normalize();
        this.installation = installation;
        this.out = out;
    }

    /** The config of a run that an earlier demo left before its end. */
    Optional<LoadedConfig> unfinished() throws IOException {
        Path config = runFolder().resolve("config.yaml");
        if (!Files.exists(config)) {
            return Optional.empty();
        }
        LoadedConfig loaded = Configs.load(config, List.of());
        long saved = newestStep();
        long steps = loaded.config().run().steps();
        if (saved == 0 || saved == steps) {
            return Optional.empty();
        }
        out.accept("An earlier demo stopped at step %d of %d: going on from there.".formatted(saved, steps));
        return Optional.of(loaded);
    }

    private long newestStep() throws IOException {
        try (StorageLocation place = Storages.open(runFolder().toString())) {
            return new CheckpointReader(place.storage(), place.location())
                    .steps().stream().findFirst().orElse(0L);
        }
    }

    /**
     * Writes what is missing of the shards, clears an earlier run, and settles the number of steps.
     *
     * @param minutes length of the training, used where {@code steps} is null
     */
    LoadedConfig prepare(List<DemoSource> sources, double minutes, Integer steps) throws IOException {
        tokenize(sources);
        clearRun();
        List<String> sets = new ArrayList<>();
        sets.add("run.directory=" + quoted(runFolder()));
        sets.add("data.tokenizer=" + quoted(installation.tokenizer().toAbsolutePath()));
        sets.add("data.sources=" + sourceList(sources));
        int total = steps != null
                ? steps
                : stepsWithin(minutes, load(sets, MINIMUM_STEPS).config());
        return load(sets, total);
    }

    private LoadedConfig load(List<String> sets, int steps) {
        List<String> all = new ArrayList<>(sets);
        int quarter = (steps + EVALUATIONS - 1) / EVALUATIONS;
        all.add("run.steps=" + steps);
        all.add("run.evaluate_every=" + quarter);
        all.add("run.evaluate_sequences=" + EVALUATED_SEQUENCES);
        all.add("run.save_every=" + quarter);
        all.add("optimizer.schedule.warmup_steps=" + Math.min(MAXIMUM_WARM_UP, steps / 5));
        all.add("precision.health_every=" + quarter);
        return Configs.load(installation.pico(), all);
    }

    private int stepsWithin(double minutes, PretrainConfig config) {
        out.accept("Measuring this machine's speed on the model, to settle the number of steps ...");
        double rate = new StepBenchmark(config, line -> {}).run(MEASURED_STEPS).tokensPerSecond();
        int steps = (int) Math.max(MINIMUM_STEPS, minutes * 60 * rate / config.tokensPerStep());
        out.accept(String.format(
                Locale.ROOT,
                "%.0f tokens/s: %d steps of %d tokens in about %.1f minutes.",
                rate,
                steps,
                config.tokensPerStep(),
                steps * config.tokensPerStep() / rate / 60));
        return steps;
    }

    private void tokenize(List<DemoSource> sources) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(installation.tokenizer())) {
            for (DemoSource source : sources) {
                Path folder = dataFolder(source);
                if (Files.exists(folder.resolve("train").resolve("manifest.json"))) {
                    out.accept("%s: shards of an earlier demo in %s".formatted(source.name(), folder));
                } else {
                    out.accept(source.name() + ": tokenizing ...");
                    TokenizeJob job =
                            new TokenizeJob(tokenizer, TokenizeOptions.defaults(source.name()), progress -> {});
                    out.accept(source.name() + ": " + job.run(source.documents(), folder.toString()));
                }
            }
        }
    }

    /** Removes the run of an earlier demo; shards stay. */
    private void clearRun() throws IOException {
        if (Files.exists(runFolder())) {
            out.accept("Starting anew: the finished run of an earlier demo in " + runFolder() + " is removed.");
            try (StorageLocation place = Storages.open(runFolder().toString())) {
                place.storage().delete(place.location());
            }
        }
    }

    /** Prints what the model makes of a problem that it was not trained on, and of the beginning of a sentence. */
    void generate(PretrainConfig config, LingModel model) {
        Problem problem = new ProblemGenerator(PROMPT_SEED).problem(0);
        try (Tokenizer tokenizer = Tokenizer.open(config.data().tokenizer())) {
            for (String prompt : List.of(problem.prompt(), "Returns the ")) {
                int[] generated = new Generator(model)
                        .generate(
                                tokenizer.encode(prompt),
                                GENERATED_TOKENS,
                                SAMPLING,
                                OptionalInt.of(tokenizer.endOfText()),
                                token -> {});
                out.accept("");
                out.accept("Prompt:    " + prompt);
                out.accept("Generated: " + tokenizer.decode(generated));
            }
        }
    }

    /** Prints what became of the run. */
    void summarise(PretrainConfig config) throws IOException {
        RunSummary summary = RunSummary.of(Files.readAllLines(runFolder().resolve("metrics.jsonl")));
        out.accept("");
        out.accept(String.format(
                Locale.ROOT,
                "%d steps, %,d tokens, %.0f tokens/s, recipe %s",
                summary.steps(),
                summary.steps() * config.tokensPerStep(),
                summary.tokensPerSecond(),
                config.precision().recipe().name().toLowerCase(Locale.ROOT)));
        out.accept(String.format(
                Locale.ROOT, "loss %.4f -> %.4f nats per token", summary.firstLoss(), summary.lastLoss()));
        summary.lastBitsPerByte()
                .forEach((source, bits) -> out.accept(String.format(
                        Locale.ROOT,
                        "bits per byte of held-out %-9s %.4f -> %.4f",
                        source,
                        summary.firstBitsPerByte().get(source),
                        bits)));
        summary.health()
                .ifPresent(health -> out.accept(String.format(
                        Locale.ROOT,
                        "FP8, worst operand of any layer: %.2f %% of values became zero, %.2f %% saturated, cosine %.5f",
                        100 * health.underflow(),
                        100 * health.saturation(),
                        health.cosine())));
        out.accept("The run: " + runFolder());
    }

    private Path runFolder() {
        return directory.resolve("run");
    }

    private Path dataFolder(DemoSource source) {
        return directory.resolve("data").resolve(source.name());
    }

    private String sourceList(List<DemoSource> sources) {
        List<Map<String, String>> list = new ArrayList<>();
        for (DemoSource source : sources) {
            Map<String, String> entry = new LinkedHashMap<>();
            entry.put("name", source.name());
            entry.put("kind", source.kind().name().toLowerCase(Locale.ROOT));
            entry.put("path", dataFolder(source).toString());
            list.add(entry);
        }
        return json(list);
    }

    private static String quoted(Path path) {
        return json(path.toString());
    }

    /** JSON, which is YAML too. */
    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("strings are always JSON", e);
        }
    }
}
