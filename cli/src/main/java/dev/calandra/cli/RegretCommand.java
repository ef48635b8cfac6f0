package dev.calandra.cli;

import dev.calandra.laws.choice.RunPoint;
import dev.calandra.laws.fit.Cell;
import dev.calandra.laws.fit.Fitting;
import dev.calandra.laws.fit.Numbers;
import dev.calandra.laws.fit.Regret;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.report.FitJson;
import dev.calandra.laws.table.Runs;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what a law's learning rates and batch sizes would have cost on a grid that was run. */
@Command(
        name = "regret",
        description =
                "Follow a law through a grid of learning rates and batch sizes: in every cell (model size, tokens) the"
                        + " run nearest to the law's choice, and its excess loss over the cell's best.")
final class RegretCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private TableArguments table;

    @Option(
            names = "--law",
            required = true,
            paramLabel = "FILE",
            description = "A law file of 'calandra fit', or a published law: ling, deepseek or steplaw.")
    private String law;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Override
    public void run() {
        LawFile file = LawFile.resolve(law);
        if (!file.targets().contains("batch_tokens")) {
            file.rule("learning_rate");
        }
        Runs runs;
        try {
            runs = Fitting.grid(table.read(), table.selection(""));
        } catch (IOException e) {
            throw ErrorReport.unreadable("the grid", e);
        }
        Regret regret = Regret.of(Cell.of(runs), file);
        RunPoint.doubt(file, runs.definitions())
                .ifPresent(doubt -> spec.commandLine().getErr().println("calandra: warning: " + doubt));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(FitJson.of(regret, runs));
            return;
        }
        TableArguments.printRows(runs, out);
        out.println();
        FitCommand.print(regret.table("Regret of " + law), out);
        out.println();
        out.printf(
                "excess loss over the best of %d cells: mean %s, largest %s%n",
                regret.cells().size(), Numbers.percent(regret.mean()), Numbers.percent(regret.largest()));
        Regret contested = regret.contested();
        if (contested.cells().size() < regret.cells().size()) {
            out.printf(
                    Locale.ROOT,
                    "%d of them hold one run each and cannot show an excess; mean of the others %s%n",
                    regret.cells().size() - contested.cells().size(),
                    Numbers.percent(contested.mean()));
        }
        printLost(regret, out);
    }

    /** A law that leads to a point which diverged has not earned the loss of the nearest run. */
    private static void printLost(Regret regret, PrintWriter out) {
        List<Regret.Choice> lost = regret.lost().cells();
        if (lost.isEmpty()) {
            return;
        }
        out.printf(
                "%d of %d cells hold a point without a loss that is nearer to the law's choice than the run it is given credit for:%n",
                lost.size(), regret.cells().size());
        for (Regret.Choice choice : lost) {
            Cell.Lost point = choice.lost().orElseThrow();
            out.printf(
                    "  parameters %s, tokens %s: %s, %s: %s%n",
                    Numbers.of(choice.cell().point().get("parameters")),
                    Numbers.of(choice.cell().point().get("tokens")),
                    Numbers.of(point.rate()),
                    Numbers.of(point.batch()),
                    point.reason());
        }
    }
}
