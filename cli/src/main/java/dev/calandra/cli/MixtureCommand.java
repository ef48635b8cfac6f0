package dev.calandra.cli;

import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.trainer.mixture.MixtureChart;
import dev.calandra.trainer.mixture.MixturePlan;
import dev.calandra.trainer.mixture.SourcePlan;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints what a run will take from each source, and what it has taken. */
@Command(
        name = "mixture",
        description =
                "Print the shares, tokens and epochs of a config's sources over the run, and what the run so far has taken.")
final class MixtureCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigArguments arguments;

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            description = "Draw it into a new or existing file that ends in .svg or .html.")
    private Path plot;

    @Option(
            names = "--packing",
            description = "Also print what concat and best_fit do to the documents; reads the lengths of all of them.")
    private boolean packing;

    @Override
    public void run() {
        if (plot != null && !plot.toString().matches(".*\\.(svg|html)")) {
            throw new ParameterException(
                    spec.commandLine(), "--plot must name a file that ends in .svg or .html, is " + plot);
        }
        LoadedConfig loaded = arguments.load();
        PretrainConfig config = loaded.forTraining();
        try (MixturePlan plan = MixturePlan.open(config)) {
            PrintWriter out = spec.commandLine().getOut();
            printSources(config, plan, out);
            printShares(plan, out);
            if (plan.step() > 0) {
                printTaken(config, plan, out);
            }
            if (packing) {
                printPacking(plan, out);
            }
            plan.sources().stream()
                    .map(SourcePlan::warning)
                    .flatMap(Optional::stream)
                    .forEach(warning -> spec.commandLine().getErr().println("calandra: " + warning));
            if (plot != null) {
                draw(loaded, plan);
            }
        } catch (IOException e) {
            throw ErrorReport.unreadable(config.run().directory(), e);
        }
    }

    private static void printSources(PretrainConfig config, MixturePlan plan, PrintWriter out) {
        Table table = new Table("SOURCE", "KIND", "TOKENS", "PLANNED", "SHARE", "EPOCHS", "WORTH");
        for (SourcePlan source : plan.sources()) {
            table.add(
                    source.name(),
                    source.kind().name().toLowerCase(Locale.ROOT),
                    count(source.tokens()),
                    count(source.plannedSequences() * config.data().sequenceLength()),
                    percent(source.plannedSequences() / plan.samples()),
                    String.format(Locale.ROOT, "%.2f", source.epochs()),
                    percent(source.worth()));
        }
        table.print(out);
    }

    private static void printShares(MixturePlan plan, PrintWriter out) {
        out.println();
        Table table = new Table("SHARE AT", "0 %", "25 %", "50 %", "75 %", "100 %");
        for (SourcePlan source : plan.sources()) {
            String[] cells = new String[6];
            cells[0] = source.name();
            for (int i = 0; i <= 4; i++) {
                Map<String, Double> shares = plan.sharesAt(plan.samples() * i / 4);
                cells[1 + i] = percent(shares.getOrDefault(source.name(), 0.0));
            }
            table.add(cells);
        }
        table.print(out);
    }

    private static void printTaken(PretrainConfig config, MixturePlan plan, PrintWriter out) {
        out.printf(Locale.ROOT, "%nStep %d of %d:%n", plan.step(), config.run().steps());
        Table table =
                new Table("SOURCE", "SEQUENCES PLANNED", "TAKEN", "DIFFERENCE", "TOKENS TAKEN", "SHARE", "EPOCHS");
        for (SourcePlan source : plan.sources()) {
            table.add(
                    source.name(),
                    String.format(Locale.ROOT, "%,.1f", source.plannedSoFar()),
                    count(source.takenSequences()),
                    String.format(Locale.ROOT, "%+.1f", source.takenSequences() - source.plannedSoFar()),
                    count(source.takenTokens()),
                    percent((double) source.takenSequences() / plan.nextSample()),
                    String.format(Locale.ROOT, "%.2f", (double) source.takenSequences() / source.epochSequences()));
        }
        table.print(out);
        List<Long> edits = plan.edits();
        if (edits.size() > 1) {
            out.println("The mixture was edited before sample "
                    + String.join(
                            ", ",
                            edits.subList(1, edits.size()).stream()
                                    .map(MixtureCommand::count)
                                    .toList())
                    + ".");
        }
    }

    private static void printPacking(MixturePlan plan, PrintWriter out) {
        out.println();
        Table table = new Table(
                "PACKING", "DOCUMENTS", "THAT FIT", "CUT BY CONCAT", "CUT BY BEST_FIT", "PADDING OF BEST_FIT");
        plan.packing()
                .forEach((name, report) -> table.add(
                        name,
                        count(report.documents()),
                        count(report.fitting()),
                        percent(report.concatTruncationShare()),
                        percent(report.bestFitTruncationShare()),
                        percent(report.paddingShare())));
        table.print(out);
    }

    private void draw(LoadedConfig loaded, MixturePlan plan) {
        int sequence = loaded.config().data().sequenceLength();
        try {
            Files.writeString(
                    plot,
                    plot.toString().endsWith(".svg")
                            ? MixtureChart.svg(plan, sequence)
                            : MixtureChart.html(plan, sequence, "Mixture of " + loaded.file()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        spec.commandLine().getErr().println("calandra: drawn into " + plot);
    }

    private static String count(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }
}
