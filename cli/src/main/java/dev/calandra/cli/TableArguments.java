package dev.calandra.cli;

import dev.calandra.laws.table.ColumnMap;
import dev.calandra.laws.table.Exclusion;
import dev.calandra.laws.table.RunTable;
import dev.calandra.laws.table.Runs;
import dev.calandra.laws.table.Selection;
import dev.calandra.laws.table.TableReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The arguments of every command that works on a table of runs. */
final class TableArguments {
    private static final int LINES_SHOWN = 8;

    @Parameters(paramLabel = "RUNS", description = "CSV with a header, JSON lines such as runs.jsonl, or a JSON array.")
    private Path file;

    @Option(
            names = "--map",
            paramLabel = "VARIABLE=EXPRESSION,...",
            description =
                    "What the law's variables are computed from: columns, + - * / ^, log, log10, exp, sqrt; for example"
                            + " parameters=N,tokens=flops/(6*N),loss=\"smooth loss\". May be repeated.")
    private List<String> map = new ArrayList<>();

    @Option(
            names = "--where",
            paramLabel = "CONDITION",
            description = "Rows to look at, for example 'dataset=c4 and tokens>1e9'.")
    private String where = "";

    @Option(names = "--drop", paramLabel = "CONDITION", description = "Rows to leave out of those.")
    private String drop = "";

    @Option(
            names = "--drop-highest",
            paramLabel = "COUNT",
            description = "Leave out so many runs of highest loss; none by default.")
    private int dropHighest;

    @Option(
            names = "--max-loss",
            paramLabel = "LOSS",
            description = "A run with a higher loss counts as diverged and is left out; by default log(200000) = 12.2.")
    private double maximumLoss = Selection.GUESSING;

    @Option(
            names = "--repeats",
            paramLabel = "exclude|keep|best",
            description =
                    "Runs of equal size: leave out those with the same loss too (default), keep all, or keep the best of them.")
    private Selection.Repeats repeats = Selection.Repeats.EXCLUDE;

    @Option(
            names = "--status-ok",
            paramLabel = "WORD,...",
            split = ",",
            hideParamSyntax = true,
            description =
                    "Words of a column 'status' that mean a finished run, besides finished, completed, done, ok, success.")
    private List<String> finished = new ArrayList<>();

    /** The table, read. */
    RunTable read() throws IOException {
        return TableReader.read(file);
    }

    /** @param holdOut condition for rows that are kept back; empty for none */
    Selection selection(String holdOut) {
        return new Selection(ColumnMap.parse(map), where, drop, dropHighest, maximumLoss, repeats, holdOut, finished);
    }

    /** Says which rows were used, and by which rule the others were not. */
    static void printRows(Runs runs, PrintWriter out) {
        int heldOut = runs.keptBack().size();
        out.printf(
                "%d rows read, %d used%s.%n",
                runs.rowsRead(), runs.size(), heldOut == 0 ? "" : ", " + heldOut + " of them held out");
        for (Exclusion exclusion : runs.excluded()) {
            out.printf("  %d left out: %s%s%n", exclusion.lines().size(), exclusion.rule(), lines(exclusion));
        }
        out.println("  "
                + runs.definitions().entrySet().stream()
                        .map(entry -> entry.getKey() + " = " + entry.getValue())
                        .collect(Collectors.joining(", ")));
    }

    private static String lines(Exclusion exclusion) {
        List<Integer> lines = exclusion.lines();
        if (exclusion.rule().startsWith("not selected")) {
            return "";
        }
        String some = lines.stream().limit(LINES_SHOWN).map(String::valueOf).collect(Collectors.joining(", "));
        return " (line " + some + (lines.size() > LINES_SHOWN ? ", ..." : "") + ")";
    }
}
