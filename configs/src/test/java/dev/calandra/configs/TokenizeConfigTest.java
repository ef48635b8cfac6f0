package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizeConfigTest {
    @TempDir
    private Path folder;

    @Test
    void everyKeyIsRead() throws IOException {
        TokenizeConfig config = load("""
                tokenizer: tok.json
                held_out: 0.1
                max_rejected: 0.5
                threads: 3
                sources:
                  - name: books
                    input: corpora/*.parquet
                    output: data/books
                    fields: {text: body, id: key, loss_start: from, solution_start: answer}
                    limit_mb: 12
                  - {name: math, input: math.jsonl.zst, output: data/math}
                quality:
                  min_characters: 10
                  max_characters: 1000
                  max_repeated_lines: 0.3
                  max_repeated_ngrams: 0.2
                  exact_duplicates: true
                  near_duplicates: 0.8
                  evaluation_sets:
                    - {input: test.jsonl, text: question}
                """);
        assertThat(config)
                .isEqualTo(new TokenizeConfig(
                        Path.of("tok.json"),
                        List.of(
                                new CorpusConfig(
                                        "books",
                                        "corpora/*.parquet",
                                        "data/books",
                                        new FieldsConfig("body", "key", "from", "answer"),
                                        12),
                                new CorpusConfig(
                                        "math",
                                        "math.jsonl.zst",
                                        "data/math",
                                        new FieldsConfig("text", "id", "loss_start", "solution_start"),
                                        0)),
                        0.1,
                        0.5,
                        3,
                        new QualityConfig(
                                10,
                                1000,
                                0.3,
                                0.2,
                                true,
                                0.8,
                                List.of(new EvaluationSetConfig("test.jsonl", "question")))));
    }

    @Test
    void everyStepIsOffUnlessItIsWritten() throws IOException {
        TokenizeConfig config = load("""
                tokenizer: tok.json
                sources:
                  - {name: a, input: a.txt, output: out}
                """);
        assertThat(config.quality()).isEqualTo(new QualityConfig(0, 0, 1, 1, false, 0, List.of()));
        assertThat(config.heldOut()).isEqualTo(0.02);
        assertThat(config.maxRejected()).isEqualTo(0.01);
    }

    @Test
    void allProblemsAreToldWithTheirLines() throws IOException {
        assertThatThrownBy(() -> load("""
                        tokenizer: tok.json
                        held_out: 1
                        sources:
                          - {name: a b, input: a.txt, output: out}
                          - name: c
                            input: c.txt
                            output: other
                            feilds: {text: x}
                        quality:
                          near_duplicates: 0.2
                          max_characters: -1
                        """))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("job.yaml:2: held_out: leaves nothing")
                .hasMessageContaining("job.yaml:4: sources.0.name: not a plain name")
                .hasMessageContaining("did you mean fields?")
                .hasMessageContaining("quality.near_duplicates: too small (0.2)")
                .hasMessageContaining("quality.max_characters: too small (-1)");
    }

    @Test
    void twoSourcesMayNotWriteToOnePlace() throws IOException {
        assertThatThrownBy(() -> load("""
                        tokenizer: tok.json
                        sources:
                          - {name: a, input: a.txt, output: out}
                          - {name: a, input: b.txt, output: out}
                        """))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("sources.1.name: used twice (a)")
                .hasMessageContaining("sources.1.output: used twice (out)");
    }

    private TokenizeConfig load(String yaml) throws IOException {
        return Configs.loadTokenize(Files.writeString(folder.resolve("job.yaml"), yaml), List.of());
    }
}
