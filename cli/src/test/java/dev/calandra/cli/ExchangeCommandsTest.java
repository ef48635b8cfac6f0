package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** export, import and what other commands do with the result. */
@TestInstance(Lifecycle.PER_CLASS)
class ExchangeCommandsTest {

    @TempDir
    private static Path folder;

    private TinyRun tiny;

    @BeforeAll
    void train() {
        tiny = TinyRun.prepare(folder);
        Terminal terminal = tiny.run("pretrain");
        assertThat(terminal.status()).as(terminal.err()).isZero();
    }

    private static Terminal succeed(String... arguments) {
        Terminal terminal = Terminal.run(arguments);
        assertThat(terminal.status()).as(terminal.err()).isZero();
        return terminal;
    }

    private static Map<String, byte[]> files(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                files.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    /** The settings of a run's config, for commands that take them from its config.yaml. */
    private String config() {
        return tiny.directory().resolve("config.yaml").toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "bf16", "fp8"})
    void exportImportExportIsByteForByteTheSame(String dtype) throws IOException {
        Path first = folder.resolve("first-" + dtype);
        Path second = folder.resolve("second-" + dtype);
        Path run = folder.resolve("imported-" + dtype);

        Terminal exported = succeed(
                "export",
                tiny.directory().toString(),
                "--dtype",
                dtype,
                "--out",
                first.toString(),
                "--max-shard-size",
                "100KB");
        assertThat(exported.err()).contains("step-000000004", first.toString());
        Terminal imported = succeed("import", first.toString(), "--config", config(), "--run", run.toString());
        assertThat(imported.err()).contains("all are F32 from here on", "calandra pretrain " + config());
        succeed("export", run.toString(), "--dtype", dtype, "--out", second.toString(), "--max-shard-size", "100KB");

        Map<String, byte[]> files = files(first);
        assertThat(files)
                .containsKeys(
                        "config.json",
                        "generation_config.json",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "special_tokens_map.json",
                        "model.safetensors.index.json",
                        "model-00001-of-0000"
                                + files.keySet().stream()
                                        .filter(name -> name.endsWith(".safetensors"))
                                        .count() + ".safetensors");
        assertThat(files(second)).containsExactlyEntriesOf(files);
    }

    @Test
    void aRunGoesOnFromImportedWeights() {
        Path model = folder.resolve("model");
        Path run = folder.resolve("continued");
        succeed("export", tiny.directory().toString(), "--dtype", "f32", "--out", model.toString());
        succeed("import", model.toString(), "--config", config(), "--run", run.toString());

        Terminal terminal = succeed("pretrain", config(), "--set", "run.directory=" + run);

        assertThat(terminal.out()).contains("step 1/4", "step 4/4");
        assertThat(run.resolve("step-000000004")).isDirectory();
        Terminal again = Terminal.run("import", model.toString(), "--config", config(), "--run", run.toString());
        assertThat(again.status()).isEqualTo(4);
        assertThat(again.err()).contains("has checkpoints already, the newest of step 4");
    }

    @Test
    void anExportedModelIsEvaluatedAndGenerates() {
        Path f32 = folder.resolve("evaluated-f32");
        Path fp8 = folder.resolve("evaluated-fp8");
        succeed("export", tiny.directory().toString(), "--dtype", "f32", "--out", f32.toString());
        succeed("export", tiny.directory().toString(), "--dtype", "fp8", "--out", fp8.toString());

        String trained = succeed("evaluate", config()).out();
        assertThat(succeed("evaluate", config(), "--checkpoint", f32.toString()).out())
                .isEqualTo(trained);
        assertThat(succeed("evaluate", config(), "--checkpoint", fp8.toString()).out())
                .contains("problems");
        assertThat(succeed("generate", config(), "--checkpoint", fp8.toString(), "--prompt", "What is", "--tokens", "4")
                        .out())
                .startsWith("What is");
    }

    @Test
    void aStepIsExportedWhenNamed() {
        Terminal missing = Terminal.run(
                "export",
                tiny.directory().toString(),
                "--step",
                "3",
                "--out",
                folder.resolve("step-3").toString());
        assertThat(missing.status()).isEqualTo(4);
        assertThat(missing.err()).contains("there is no step 3; there are [4]");
        Path step = tiny.directory().resolve("step-000000004");
        succeed("export", step.toString(), "--out", folder.resolve("by-folder").toString());
    }

    @Test
    void aFolderThatHoldsSomethingIsLeftAlone() throws IOException {
        Path taken = Files.createDirectories(folder.resolve("taken"));
        Files.writeString(taken.resolve("thesis.txt"), "years of work");

        Terminal terminal = Terminal.run("export", tiny.directory().toString(), "--out", taken.toString());

        assertThat(terminal.status()).isEqualTo(4);
        assertThat(terminal.err()).contains("holds something already");
        assertThat(taken.resolve("thesis.txt")).hasContent("years of work");
    }

    @Test
    void aConfigOfAnotherModelIsRefusedKeyByKey() {
        Path model = folder.resolve("for-another");
        succeed("export", tiny.directory().toString(), "--out", model.toString());

        Terminal terminal = Terminal.run(
                "import",
                model.toString(),
                "--config",
                config(),
                "--run",
                folder.resolve("another").toString(),
                "--set",
                "model.hidden_size=64",
                "--set",
                "model.num_nextn_predict_layers=0",
                "--set",
                "model.rope_theta=600000");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err().lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("model.hidden_size: 64, but 32 of " + model))
                .anyMatch(line -> line.contains("model.num_nextn_predict_layers: 0, but 1 of"));
        assertThat(folder.resolve("another")).doesNotExist();
    }

    @Test
    void stepsAreMergedAndTheResultIsUsed() throws IOException {
        Path run = folder.resolve("stable");
        succeed("pretrain", config(), "--set", "run.directory=" + run, "--set", "run.save_every=1");
        Path merged = folder.resolve("merged");

        Terminal terminal =
                succeed("merge", run.toString(), "--last", "3", "--decay", "linear", "--out", merged.toString());

        assertThat(terminal.out()).containsPattern("2 +0.333333\\R3 +0.333333\\R4 +0.333333");
        assertThat(Files.readString(merged.resolve("merge.json"))).contains("\"step\" : 3");
        assertThat(succeed("evaluate", config(), "--checkpoint", merged.toString())
                        .out())
                .contains("problems");
        succeed(
                "export",
                merged.toString(),
                "--out",
                folder.resolve("merged-bf16").toString());
        // The checkpoints themselves say how good they are.
        Files.delete(run.resolve("metrics.jsonl"));
        Terminal best = succeed(
                "merge",
                run.toString(),
                "--top",
                "2",
                "--out",
                folder.resolve("best").toString());
        assertThat(best.out()).containsPattern("2 +0.500000\\R4 +0.500000");
        succeed(
                "merge",
                run.toString(),
                "--steps",
                "4,2,3",
                "--decay",
                "1-sqrt",
                "--out",
                folder.resolve("named").toString());
        Terminal tooMany = Terminal.run(
                "merge",
                run.toString(),
                "--last",
                "9",
                "--out",
                folder.resolve("many").toString());
        assertThat(tooMany.status()).isEqualTo(4);
        assertThat(tooMany.err()).contains("checkpoints [2, 3, 4] where 9 are to be merged");
        Terminal both = Terminal.run("merge", run.toString(), "--last", "2", "--top", "2", "--out", "x");
        assertThat(both.status()).isEqualTo(2);
        Terminal unknown = Terminal.run("merge", run.toString(), "--last", "2", "--decay", "cubic", "--out", "x");
        assertThat(unknown.err()).contains("linear, 1-sqrt, mean, ema", "cubic");
    }

    @Test
    void twoCheckpointsAreCompared() {
        Path f32 = folder.resolve("compared-f32");
        Path fp8 = folder.resolve("compared-fp8");
        Path bf16 = folder.resolve("compared-bf16");
        String run = tiny.directory().toString();
        succeed("export", run, "--dtype", "f32", "--out", f32.toString());
        succeed("export", run, "--dtype", "fp8", "--out", fp8.toString());
        succeed("export", run, "--dtype", "bf16", "--out", bf16.toString());

        assertThat(succeed("inspect", run, run).out())
                .contains(
                        " tensors identical, 0 of the same values in another type, 0 different, 0 only in A, 0 only in B")
                .doesNotContain("LARGEST");
        Terminal exported = Terminal.run("inspect", f32.toString(), run);
        assertThat(exported.status()).isEqualTo(5);
        assertThat(exported.out()).contains("0 different, 0 only in A", "only in B: optimizer.first_moment.");
        Terminal rounded = Terminal.run("inspect", f32.toString(), fp8.toString());
        assertThat(rounded.status()).isEqualTo(5);
        assertThat(rounded.out())
                .containsPattern("attention.dense.weight +F32\\[32, 32\\] +F8_E4M3\\[32, 32\\] +[0-9.e-]+ +0.0[12]")
                .contains(
                        "of the same values in another type",
                        "only in B: model.layers.0.attention.dense.weight_scale_inv");
        assertThat(Terminal.run("inspect", bf16.toString(), bf16.toString()).status())
                .isZero();
    }

    @Test
    void everyByteIsVerified() throws IOException {
        Path run = folder.resolve("damaged");
        succeed("pretrain", config(), "--set", "run.directory=" + run, "--set", "run.save_every=2");
        assertThat(succeed("inspect", "--verify", run.toString()).out().lines())
                .hasSize(2)
                .allMatch(line -> line.contains("every byte of 2 files as it was saved (CRC32C), step"))
                .allMatch(line -> line.endsWith("all finite"));
        Path shard = run.resolve("step-000000002/rank-0000-of-0001.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length - 5] ^= 4;
        Files.write(shard, bytes);

        Terminal damaged = Terminal.run("inspect", "--verify", run.toString());

        assertThat(damaged.status()).isEqualTo(4);
        assertThat(damaged.out().lines())
                .hasSize(2)
                .anyMatch(line -> line.startsWith("DAMAGED " + shard) && line.contains("CRC32C"));
        Path model = folder.resolve("well-formed");
        succeed("export", run.toString(), "--out", model.toString());
        assertThat(succeed("inspect", "--verify", model.toString()).out())
                .contains("well-formed and readable", "has no checksums; all finite");
        assertThat(Terminal.run("inspect", "--verify", run.toString(), "x").status())
                .isEqualTo(2);
    }

    @Test
    void whatCannotBeReadIsNotCalledDamaged() throws IOException {
        Path run = folder.resolve("unreadable");
        succeed("pretrain", config(), "--set", "run.directory=" + run);
        Path shard = run.resolve("step-000000004/rank-0000-of-0001.safetensors");
        Files.delete(shard);
        Files.createDirectory(shard);

        Terminal terminal = Terminal.run("inspect", "--verify", run.toString());

        assertThat(terminal.status()).isEqualTo(4);
        assertThat(terminal.out()).startsWith("NOT READ " + shard).doesNotContain("DAMAGED");
    }

    @Test
    void tensorsThatTheIndexLacksAreReported() throws IOException {
        Path model = folder.resolve("sharded");
        succeed("export", tiny.directory().toString(), "--max-shard-size", "100KB", "--out", model.toString());
        Path index = model.resolve("model.safetensors.index.json");
        String whole = Files.readString(index);
        assertThat(succeed("inspect", "--verify", model.toString()).out()).doesNotContain("NOT IN THE INDEX");
        String lacking = whole.replaceFirst("\"model.norm.weight\" : \"[^\"]*\",?", "");
        assertThat(lacking).isNotEqualTo(whole);
        Files.writeString(index, lacking.replaceFirst(",\\s*}", "}"));

        Terminal terminal = Terminal.run("inspect", "--verify", model.toString());

        assertThat(terminal.status()).isEqualTo(4);
        assertThat(terminal.out()).contains("NOT IN THE INDEX " + model + ": 1 tensors", "'model.norm.weight' of ");
    }

    @Test
    void aMissingTokenizerIsNamedBeforeAnythingIsWritten() {
        Terminal terminal = Terminal.run(
                "export",
                tiny.directory().toString(),
                "--out",
                folder.resolve("without").toString(),
                "--tokenizer",
                "absent.json");
        assertThat(terminal.status()).isEqualTo(3);
        assertThat(terminal.err()).contains("absent.json: no such file");
        assertThat(folder.resolve("without")).doesNotExist();
    }

    @Test
    void sizesAreChecked() {
        Terminal terminal = Terminal.run("export", "x", "--out", "y", "--max-shard-size", "5 elephants");
        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("'5 elephants' is not a size");
    }
}
