package dev.calandra.cli;

import dev.calandra.configs.Configs;
import dev.calandra.configs.TokenizeConfig;
import dev.calandra.data.TokenizeJob;
import dev.calandra.data.TokenizeOptions;
import dev.calandra.data.TokenizeProgress;
import dev.calandra.data.Tokenizer;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.documents.DocumentSources;
import dev.calandra.data.documents.JavaSourceDocuments;
import dev.calandra.data.documents.JavaSourceDocuments.Part;
import dev.calandra.data.documents.ProblemDocuments;
import dev.calandra.data.shards.ShardLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Turns documents into a folder of shards that a config can name as a source. */
@Command(
        name = "tokenize",
        description =
                "Turn documents into a folder of Arrow shards, a part of them held out. A job that was interrupted goes on.")
final class TokenizeCommand implements Runnable {
    private static final double MAXIMUM_REJECTED_SHARE = 0.01;

    @Spec
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    private Input input;

    @Option(names = "--output", paramLabel = "FOLDER", description = "Local or hdfs://.")
    private String output;

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "Hugging Face tokenizer.json.")
    private Path tokenizerFile;

    @Option(names = "--name", description = "Name of the corpus, kept in its shards.")
    private String name;

    @Option(
            names = "--held-out",
            paramLabel = "SHARE",
            defaultValue = "0.02",
            description = "Share of documents kept for evaluation (default ${DEFAULT-VALUE}).")
    private double heldOut;

    @Option(names = "--limit-mb", paramLabel = "MB", description = "Stop after so many megabytes (10^6 bytes) of text.")
    private Long limit;

    @Option(
            names = "--threads",
            defaultValue = "0",
            description = "Worker threads; 0 = all cores. The shards do not depend on it.")
    private int threads;

    /** Where the documents come from. */
    private static final class Input {
        @Parameters(
                paramLabel = "INPUT",
                description =
                        "A file of JSON lines or text (also .gz, .zst), Parquet, Arrow or Megatron's .bin; a folder or a"
                                + " quoted glob of them, local or hdfs://; an archive (.zip, .jar) of Java sources; or a"
                                + " job (.yaml) that says all of this and more, in place of the options.")
        private String location;

        @Option(
                names = "--problems",
                paramLabel = "COUNT",
                description = "Generated arithmetic and word problems with worked steps instead of an input.")
        private Long problems;
    }

    @Option(
            names = "--part",
            defaultValue = "CODE",
            description = "Of Java sources: code, or the prose of their documentation (default ${DEFAULT-VALUE}).")
    private Part part;

    @Option(names = "--seed", defaultValue = "0", description = "Of generated problems (default ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public void run() {
        try {
            if (isJob()) {
                runJob();
            } else {
                runOptions();
            }
        } catch (IOException e) {
            throw ErrorReport.unreadable(String.valueOf(input.location), e);
        }
    }

    private boolean isJob() {
        return input.location != null && input.location.matches(".*\\.ya?ml");
    }

    private void runJob() throws IOException {
        if (output != null || tokenizerFile != null || name != null || limit != null) {
            throw new ParameterException(
                    spec.commandLine(), "a job says where to write and with what; write it there and not as options");
        }
        TokenizeConfig job = Configs.loadTokenize(Path.of(input.location), List.of());
        new TokenizeSources(job, spec.commandLine().getOut(), spec.commandLine().getErr()).run();
    }

    private void runOptions() throws IOException {
        require("--output", output);
        require("--tokenizer", tokenizerFile);
        require("--name", name);
        TokenizeOptions options = options();
        try (Tokenizer tokenizer = Tokenizer.open(tokenizerFile);
                ProgressLine progress =
                        new ProgressLine(name, spec.commandLine().getErr())) {
            TokenizeSources.sayIfSlow(tokenizer, spec.commandLine().getErr());
            DocumentSource documents = documents();
            TokenizeProgress done = new TokenizeJob(tokenizer, options, progress)
                    .run(limit == null ? documents : documents.limitedTo(limit * 1_000_000), output);
            progress.clear();
            spec.commandLine().getOut().println(output + ": " + done);
        }
    }

    private void require(String option, Object value) {
        if (value == null) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '" + option + "'");
        }
    }

    private DocumentSource documents() throws IOException {
        if (input.problems != null) {
            return new ProblemDocuments(seed, input.problems);
        }
        if (input.location.endsWith(".zip") || input.location.endsWith(".jar")) {
            return new JavaSourceDocuments(Path.of(input.location), part, List.of());
        }
        return DocumentSources.open(input.location);
    }

    private TokenizeOptions options() {
        if (limit != null && limit < 1) {
            throw new ParameterException(spec.commandLine(), "--limit-mb must be at least 1, is " + limit);
        }
        int workers = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        try {
            return new TokenizeOptions(name, heldOut, MAXIMUM_REJECTED_SHARE, workers, ShardLimits.DEFAULT);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
