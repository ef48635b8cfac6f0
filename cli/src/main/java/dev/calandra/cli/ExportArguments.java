package dev.calandra.cli;

import dev.calandra.configs.ReleasedConfig;
import dev.calandra.trainer.exchange.ModelExport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The arguments of commands that write a Hugging Face folder. */
final class ExportArguments {

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "Where to write; local or hdfs://; must be new or empty.")
    private String out;

    @Option(
            names = "--max-shard-size",
            defaultValue = "5GB",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "Largest weights file, such as 5GB or 512MiB (default ${DEFAULT-VALUE}).")
    private long maxShardSize;

    @Option(
            names = "--tokenizer",
            paramLabel = "FILE",
            description =
                    "A tokenizer.json to put beside the weights; default: the one that the model was trained with.")
    private Path tokenizer;

    /** The folder, as the user named it. */
    String out() {
        return out;
    }

    /** @param notes further files, name to content */
    ModelExport export(ReleasedConfig.Weights weights, Map<String, String> notes) {
        return new ModelExport(weights, maxShardSize, Optional.ofNullable(tokenizer), notes);
    }

    /** Tells the user what was written. */
    void report(ModelExport.Written written, ReleasedConfig.Weights weights, PrintWriter err) {
        err.printf(
                Locale.ROOT,
                "calandra: %d tensors, %.1f MiB, %s, in %s%n",
                written.tensors(),
                written.bytes() / 1048576.0,
                switch (weights) {
                    case F32 -> "F32 as trained";
                    case BF16 -> "rounded from F32 to BF16 (expert biases stay F32)";
                    case FP8 ->
                        "linear layers rounded to FP8 in 128x128 blocks, the rest to BF16 (expert biases stay F32)";
                },
                out);
    }
}
