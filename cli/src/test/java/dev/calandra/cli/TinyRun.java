package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A corpus of generated problems and a model so small that a step takes milliseconds.
 *
 * @param folder with {@code data/} and {@code run/}
 */
record TinyRun(Path folder) {
    static final String PICO = "../configs/pico.yaml";
    static final String TOKENIZER = "../examples/tokenizer/calandra-4k.json";

    /** Tokenizes the corpus. */
    static TinyRun prepare(Path folder) {
        TinyRun tiny = new TinyRun(folder);
        Terminal terminal = Terminal.run(
                "tokenize",
                "--problems",
                "400",
                "--held-out",
                "0.1",
                "--name",
                "problems",
                "--tokenizer",
                TOKENIZER,
                "--output",
                tiny.data().toString());
        assertThat(terminal.status()).as(terminal.err()).isZero();
        return tiny;
    }

    Path data() {
        return folder.resolve("data");
    }

    Path directory() {
        return folder.resolve("run");
    }

    /** Runs a command on the tiny config. */
    Terminal run(String command, String... more) {
        List<String> arguments = arguments(command);
        arguments.addAll(List.of(more));
        return Terminal.run(arguments.toArray(String[]::new));
    }

    /** A command on the tiny config, for whoever starts it elsewhere. */
    List<String> arguments(String command) {
        List<String> arguments = new ArrayList<>(List.of(command, PICO));
        for (String set : settings()) {
            arguments.add("--set");
            arguments.add(set);
        }
        return arguments;
    }

    List<String> settings() {
        return List.of(
                "model.hidden_size=32",
                "model.num_hidden_layers=2",
                "model.intermediate_size=32",
                "model.num_attention_heads=2",
                "model.num_key_value_heads=1",
                "model.head_dim=16",
                "model.num_experts=4",
                "model.n_group=2",
                "model.topk_group=1",
                "model.num_experts_per_tok=2",
                "model.moe_intermediate_size=16",
                "optimizer.schedule.warmup_steps=1",
                "data.tokenizer=" + TOKENIZER,
                "data.sequence_length=32",
                "data.mixture=[]",
                "data.sources=[{name: problems, kind: reasoning, path: \"" + data() + "\"}]",
                "run.directory=" + directory(),
                "run.steps=4",
                "run.batch_size=2",
                "run.save_every=0",
                "run.evaluate_every=2",
                "run.evaluate_sequences=2",
                "run.threads=1");
    }
}
