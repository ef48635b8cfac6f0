package dev.calandra.cli;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;
import dev.calandra.laws.ParameterCount;
import dev.calandra.laws.plan.Layout;
import dev.calandra.laws.plan.RankMemory;
import dev.calandra.laws.plan.Simulation;
import dev.calandra.laws.plan.Traffic;
import dev.calandra.trainer.parallel.Ranks;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prices a config without training it. */
@Command(
        name = "plan",
        description =
                "Price a config: parameters, operations per token, memory and traffic of each rank, time and cost.")
final class PlanCommand implements Runnable {
    private static final double GIB = 1L << 30;
    private static final double SIX = 6;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments arguments;

    @Option(names = "--ranks", paramLabel = "N", description = "Processes that share the run (default: 1).")
    private int ranks = 1;

    @Option(
            names = "--expert",
            paramLabel = "E",
            description = "Ranks that share one copy of the routed experts (default: parallel.expert of the config).")
    private Integer expert;

    @Option(
            names = "--tokens-per-second",
            paramLabel = "RATE",
            description = "A measured rate of all ranks together, see 'calandra bench'; adds how long the run takes.")
    private Double rate;

    @Option(
            names = "--cost-per-hour",
            paramLabel = "PRICE",
            description = "Of all ranks together, in any currency; needs --tokens-per-second.")
    private Double price;

    @Option(
            names = "--simulate",
            description =
                    "Print how long a step of these ranks would take, part by part, from a measured rate of one rank and what a message costs.")
    private boolean simulate;

    @Mixin
    private SimulationArguments machine;

    @Override
    public void run() {
        requirePositive("--tokens-per-second", rate);
        requirePositive("--cost-per-hour", price);
        if (price != null && rate == null) {
            throw wrong("--cost-per-hour needs --tokens-per-second");
        }
        if (!simulate && machine.given()) {
            throw wrong("rates, machines and links are those of a simulation; add --simulate");
        }
        PretrainConfig config = arguments.load().config();
        ModelCost cost = ModelCost.of(config.model(), config.data().sequenceLength());
        Layout layout = layout(config);
        PrintWriter out = spec.commandLine().getOut();
        if (simulate) {
            simulate(config, layout, out);
            return;
        }
        printParameters(cost.parameters(), out);
        out.println();
        printFlops(cost, out);
        out.println();
        printMemory(RankMemory.of(config, layout), config, layout, out);
        if (layout.ranks() > 1) {
            out.println();
            printTraffic(Traffic.of(config, layout), out);
        }
        out.println();
        printRun(config, cost, out);
    }

    private void simulate(PretrainConfig config, Layout layout, PrintWriter out) {
        try {
            Simulation.Measured measured = machine.measured(layout);
            new SimulationReport(layout, measured, Simulation.of(config, layout, measured)).print(out);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void requirePositive(String option, Double value) {
        if (value != null && !(value > 0 && Double.isFinite(value))) {
            throw wrong(option + " must be above 0, is " + value);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** By the trainer's own rules: what is planned can be started. */
    private Layout layout(PretrainConfig config) {
        if (ranks < 1 || (expert != null && expert < 1)) {
            throw wrong("--ranks and --expert must be at least 1, are " + ranks + " and " + expert);
        }
        int share = expert == null && ranks == 1
                ? 1
                : expert == null ? config.parallel().expert() : expert;
        Ranks.layout(ranks, share, config);
        return new Layout(ranks, share);
    }

    private static void printParameters(ParameterCount parameters, PrintWriter out) {
        Table table = new Table("PARAMETERS", "TOTAL", "ACTIVE PER TOKEN");
        for (ParameterCount.Part part : parameters.parts()) {
            table.add(part.name(), count(part.total()), count(part.active()));
        }
        table.add("all without mtp", count(parameters.total()), count(parameters.active()));
        table.print(out);
    }

    private static void printFlops(ModelCost cost, PrintWriter out) {
        Table table = new Table("FLOPS PER TOKEN", "FORWARD", "TRAINING");
        table.add(
                "to compute: all products, causal attention",
                decimal(cost.modelForwardFlops()),
                decimal(cost.modelTrainingFlops()));
        table.add(
                "M of Ling's laws: layers only, attention in full",
                decimal(cost.scalingLawForwardFlops()),
                decimal(cost.scalingLawTrainingFlops()));
        double active = cost.parameters().active();
        table.add("6 N, N the active parameters", decimal(SIX / 3 * active), decimal(SIX * active));
        table.print(out);
    }

    private static void printMemory(RankMemory memory, PretrainConfig config, Layout layout, PrintWriter out) {
        boolean recompute = config.run().recomputeLayers();
        Table table = new Table(layout.ranks() == 1 ? "MEMORY" : "MEMORY OF A RANK", "");
        table.add("weights, F32", gib(memory.weights()));
        table.add(
                "weights as " + config.precision().recipe().name().toLowerCase(Locale.ROOT),
                gib(memory.encodedWeights()));
        table.add("gradients", gib(memory.gradients()));
        table.add("moments", gib(memory.moments()));
        if (layout.ranks() > 1) {
            table.add("messages of gradients", gib(memory.messages()));
        }
        table.add(
                "activations of %s tokens%s".formatted(count(memory.tokensPerPass()), recompute ? "" : ", this config"),
                gib(memory.activations()));
        table.add(
                "activations, layers recomputed" + (recompute ? ", this config" : ""),
                gib(memory.recomputedActivations()));
        table.add("all of this config", gib(memory.total(recompute)));
        table.print(out);
    }

    private static void printTraffic(Traffic traffic, PrintWriter out) {
        Table table = new Table("SENT BY A RANK IN A STEP", "");
        table.add("gradients", gib(traffic.gradients()));
        table.add("moved weights", gib(traffic.weights()));
        table.add("rows to experts", gib(traffic.dispatch()));
        table.add("rows from experts", gib(traffic.combine()));
        table.add("their places and weights", gib(traffic.indices()));
        table.add("all", gib(traffic.total()));
        table.print(out);
    }

    private void printRun(PretrainConfig config, ModelCost cost, PrintWriter out) {
        double tokens = config.totalTokens();
        Table table = new Table("RUN", "");
        table.add("tokens", count(config.totalTokens()));
        table.add("FLOPs to compute", decimal(cost.modelTrainingFlops() * tokens));
        table.add("C = M D of Ling's laws", decimal(cost.scalingLawTrainingFlops() * tokens));
        table.add("6 N D", decimal(SIX * cost.parameters().active() * tokens));
        if (rate != null) {
            double hours = tokens / rate / 3600;
            table.add("time", String.format(Locale.ROOT, "%,.1f hours", hours));
            if (price != null) {
                table.add("cost", String.format(Locale.ROOT, "%,.2f", hours * price));
            }
        }
        table.print(out);
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String decimal(double number) {
        return String.format(Locale.ROOT, "%.3e", number);
    }

    private static String gib(double bytes) {
        return String.format(Locale.ROOT, "%,.3f GiB", bytes / GIB);
    }
}
