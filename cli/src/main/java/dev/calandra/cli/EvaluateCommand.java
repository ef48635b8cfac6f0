package dev.calandra.cli;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.Tokenizer;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.evaluation.Evaluator;
import dev.calandra.trainer.evaluation.SourceScore;
import dev.calandra.trainer.model.LingModel;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Scores a trained model on the held-out documents of every source of a config. */
@Command(name = "evaluate", description = "Bits per byte of a trained model on each source's held-out documents.")
final class EvaluateCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments arguments;

    @Mixin
    private CheckpointArguments weights;

    @Override
    public void run() {
        PretrainConfig config = arguments.load().forTraining();
        PrintWriter err = spec.commandLine().getErr();
        Table table = new Table("SOURCE", "BITS PER BYTE", "LOSS PER TOKEN", "TOKENS", "BYTES");
        try (Tokenizer tokenizer = Tokenizer.open(config.data().tokenizer());
                Evaluator evaluator = new Evaluator(config, tokenizer);
                Machine machine = Machine.of(config.run());
                LingModel model = weights.load(config, machine, err)) {
            for (SourceScore score : evaluator.evaluate(model).sources()) {
                table.add(
                        score.source(),
                        String.format(Locale.ROOT, "%.4f", score.bitsPerByte()),
                        String.format(Locale.ROOT, "%.4f", score.lossPerToken()),
                        Long.toString(score.tokens()),
                        Long.toString(score.bytes()));
            }
        }
        table.print(spec.commandLine().getOut());
    }
}
