package dev.calandra.cli;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.Tokenizer;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.generate.Generator;
import dev.calandra.trainer.generate.Sampling;
import dev.calandra.trainer.model.LingModel;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Lets a trained model continue a text. */
@Command(name = "generate", description = "Continue a text with a trained model.")
final class GenerateCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments arguments;

    @Mixin
    private CheckpointArguments weights;

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What to continue.")
    private String prompt;

    @Option(
            names = "--tokens",
            defaultValue = "128",
            description =
                    "Tokens to generate at most (default ${DEFAULT-VALUE}); the end of the document ends it sooner.")
    private int tokens;

    @Option(
            names = "--temperature",
            defaultValue = "0.8",
            description = "Above 0: the higher, the bolder; 0: always the likeliest token (default ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(
            names = "--top-k",
            defaultValue = "0",
            description = "Draw from so many likeliest tokens only; 0 = all (default ${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--top-p",
            defaultValue = "0.95",
            description = "Draw from the likeliest tokens that add up to this probability (default ${DEFAULT-VALUE}).")
    private double topP;

    @Option(names = "--seed", defaultValue = "0", description = "Same seed, same text (default ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public void run() {
        if (tokens < 1) {
            throw new ParameterException(spec.commandLine(), "--tokens must be at least 1, is " + tokens);
        }
        Sampling sampling = new Sampling(temperature, topK, topP, seed);
        PretrainConfig config = arguments.load().config();
        try (Tokenizer tokenizer = Tokenizer.open(config.data().tokenizer());
                Machine machine = Machine.of(config.run());
                LingModel model =
                        weights.load(config, machine, spec.commandLine().getErr())) {
            int[] generated = new Generator(model)
                    .generate(
                            tokenizer.encode(prompt),
                            tokens,
                            sampling,
                            OptionalInt.of(tokenizer.endOfText()),
                            token -> {});
            spec.commandLine().getOut().println(prompt + tokenizer.decode(generated));
        }
    }
}
