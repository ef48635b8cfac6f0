package dev.calandra.trainer;

import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.Configs;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.data.TokenizeJob;
import dev.calandra.data.TokenizeOptions;
import dev.calandra.data.Tokenizer;
import dev.calandra.data.documents.Document;
import dev.calandra.data.shards.ShardLimits;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.run.StopRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A model of a few thousand weights on a corpus of a few hundred sentences: every part of a run, in milliseconds. */
final class TinyRun {

    private static final String CONFIG = """
            model:
              vocab_size: 4096
              hidden_size: 16
              intermediate_size: 32
              num_hidden_layers: 2
              num_attention_heads: 2
              num_key_value_heads: 1
              head_dim: 16
              num_experts: 4
              num_experts_per_tok: 2
              n_group: 2
              topk_group: 1
              moe_intermediate_size: 16
              initializer_range: 0.02
              max_position_embeddings: 64
            precision:
              recipe: fp8_blockwise
              health_every: 7
            optimizer:
              learning_rate: 5e-3
              schedule: {type: wsd, warmup_steps: 4, decay_steps: 5}
            data:
              tokenizer: TOKENIZER
              sequence_length: 24
              sources:
                - {name: prose, kind: general, path: CORPUS/prose}
                - {name: sums, kind: reasoning, path: CORPUS/sums}
              mixture:
                - {at: 0.0, reasoning: 0.32}
                - {at: 1.0, reasoning: 0.46}
            run:
              directory: CORPUS/run
              steps: 60
              batch_size: 4
              micro_batch_size: 2
              threads: 2
              save_every: 10
              evaluate_every: 20
              evaluate_sequences: 3
            """;

    private final Path folder;

    /** Tokenizes the corpus below a folder. */
    TinyRun(Path folder) throws IOException {
        this.folder = folder;
        Files.writeString(
                folder.resolve("tiny.yaml"),
                CONFIG.replace("TOKENIZER", tokenizer().toString()).replace("CORPUS", folder.toString()));
        try (Tokenizer tokenizer = Tokenizer.open(tokenizer())) {
            corpus(tokenizer, "prose", 1);
            corpus(tokenizer, "sums", 2);
        }
    }

    /** Surefire runs in the module's folder. */
    static Path tokenizer() {
        return Path.of("..", "examples", "tokenizer", "calandra-4k.json").toAbsolutePath();
    }

    /** Overwrites a source's shards with others, or makes them. */
    void corpus(String name, long seed) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(tokenizer())) {
            corpus(tokenizer, name, seed);
        }
    }

    private void corpus(Tokenizer tokenizer, String name, long seed) {
        Random random = new Random(seed);
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int a = random.nextInt(100);
            int b = random.nextInt(100);
            String text = name.equals("sums")
                    ? "What is " + a + " + " + b + "? It is " + (a + b) + "."
                    : "The lark number " + a + " sang " + b + " songs over the field in the morning.";
            documents.add(new Document(name + "-" + seed + "-" + i, text));
        }
        new TokenizeJob(tokenizer, new TokenizeOptions(name, 0.2, 0, 1, ShardLimits.DEFAULT), progress -> {})
                .run(
                        sink -> {
                            for (Document document : documents) {
                                if (!sink.accept(document)) {
                                    return;
                                }
                            }
                        },
                        folder.resolve(name).toString());
    }

    Path configFile() {
        return folder.resolve("tiny.yaml");
    }

    /** The config in a run folder of its own. */
    LoadedConfig config(String run, String... sets) {
        List<String> all = new ArrayList<>(List.of(sets));
        all.add("run.directory=" + directory(run));
        return Configs.load(configFile(), all);
    }

    Path directory(String run) {
        return folder.resolve(run);
    }

    /** One process's share of a run, in this process. */
    ExitCode train(String run, TrainingOptions options, String... sets) {
        try (TrainingRun training = TrainingRun.open(config(run, sets), options, surroundings(new ArrayList<>()))) {
            return training.train();
        }
    }

    /** Every tensor of a run's newest checkpoint, byte for byte. */
    Map<String, ByteBuffer> tensors(String run) throws IOException {
        Map<String, ByteBuffer> tensors = new TreeMap<>();
        try (StorageLocation place = Storages.open(directory(run).toString());
                TensorReader reader = TensorReader.open(place.storage(), place.location())) {
            reader.tensors().forEach(info -> tensors.put(info.name(), reader.read(info.name())));
        }
        return tensors;
    }

    /** The lines of metrics.jsonl without what depends on the clock. */
    List<String> metrics(String run) throws IOException {
        try (Stream<String> lines = Files.lines(directory(run).resolve("metrics.jsonl"))) {
            return withoutClock(lines);
        }
    }

    static List<String> withoutClock(Stream<String> lines) {
        return lines.map(line -> line.replaceFirst(",\"time\":\\{[^}]*\\}", "")).toList();
    }

    /** A clock that ticks once a millisecond each time it is read, and lines that are kept. */
    static Surroundings surroundings(List<String> lines) {
        AtomicLong clock = new AtomicLong();
        return new Surroundings(() -> clock.addAndGet(1_000_000), lines::add, new StopRequest());
    }
}
