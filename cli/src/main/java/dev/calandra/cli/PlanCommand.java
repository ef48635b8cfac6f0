package dev.calandra.cli;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;
import dev.calandra.laws.ParameterCount;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prices a config without training it. */
@Command(name = "plan", description = "Price a config: parameters, operations per token, memory, time.")
final class PlanCommand implements Runnable {
    /** Weight, gradient and two moments in FP32. */
    private static final int STATE_BYTES_PER_PARAMETER = 16;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments arguments;

    @Option(
            names = "--tokens-per-second",
            paramLabel = "RATE",
            description = "A measured rate, see 'calandra bench'; adds how long the run takes.")
    private Double rate;

    @Override
    public void run() {
        if (rate != null && !(rate > 0)) {
            throw new ParameterException(spec.commandLine(), "--tokens-per-second must be above 0, is " + rate);
        }
        PretrainConfig config = arguments.load().config();
        ModelCost cost = ModelCost.of(config.model(), config.data().sequenceLength());
        PrintWriter out = spec.commandLine().getOut();
        printParameters(cost.parameters(), out);
        out.println();
        printRun(config, cost, out);
    }

    private static void printParameters(ParameterCount parameters, PrintWriter out) {
        Table table = new Table("PARAMETERS", "TOTAL", "ACTIVE PER TOKEN");
        for (ParameterCount.Part part : parameters.parts()) {
            table.add(part.name(), count(part.total()), count(part.active()));
        }
        table.add("all without mtp", count(parameters.total()), count(parameters.active()));
        table.print(out);
    }

    private void printRun(PretrainConfig config, ModelCost cost, PrintWriter out) {
        double flops = (double) cost.modelTrainingFlops() * config.totalTokens();
        long state = cost.parameters().totalWithMtp() * STATE_BYTES_PER_PARAMETER;
        Table table = new Table("RUN", "");
        table.add("tokens", count(config.totalTokens()));
        table.add("training FLOPs per token", decimal(cost.modelTrainingFlops()));
        table.add("training FLOPs of the run", decimal(flops));
        table.add("weights, gradients, moments", String.format(Locale.ROOT, "%.2f GiB", state / 1073741824.0));
        if (rate != null) {
            table.add("time", String.format(Locale.ROOT, "%.1f hours", config.totalTokens() / rate / 3600));
        }
        table.print(out);
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String decimal(double number) {
        return String.format(Locale.ROOT, "%.3e", number);
    }
}
