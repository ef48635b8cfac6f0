package dev.calandra.configs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A small valid config whose lines tests change, and what the loader says about it. */
final class ConfigFixture {
    static final String VALID = """
            model:
              vocab_size: 4096
              hidden_size: 256
              intermediate_size: 768
              num_hidden_layers: 6
              num_attention_heads: 4
              num_key_value_heads: 2
              head_dim: 64
              num_experts: 32
              num_experts_per_tok: 4
              n_group: 4
              topk_group: 2
              moe_intermediate_size: 128
            optimizer:
              learning_rate: 1e-3
              schedule:
                type: cosine
            data:
              tokenizer: tokenizer.json
              sequence_length: 512
              sources:
                - name: books
                  kind: general
                  path: data/books
                - name: math
                  kind: reasoning
                  path: data/math
              mixture:
                - {at: 0, reasoning: 0.32}
                - {at: 1, reasoning: 0.46}
            run:
              directory: runs/test
              steps: 400
              batch_size: 8
            """;

    private ConfigFixture() {}

    static LoadedConfig load(Path folder, String text, String... sets) {
        try {
            return Configs.load(Files.writeString(folder.resolve("test.yaml"), text), List.of(sets));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What loading reports, one line per problem, with the folder left out; empty if it loads. */
    static List<String> problems(Path folder, String text, String... sets) {
        try {
            load(folder, text, sets);
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream()
                    .map(problem -> problem.toString().replace(folder + "/", ""))
                    .toList();
        }
    }
}
