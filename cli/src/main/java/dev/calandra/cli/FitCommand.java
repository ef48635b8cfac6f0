package dev.calandra.cli;

import dev.calandra.laws.fit.FitResult;
import dev.calandra.laws.fit.FitSettings;
import dev.calandra.laws.fit.Fitting;
import dev.calandra.laws.fit.HeldOutPrediction;
import dev.calandra.laws.fit.Knob;
import dev.calandra.laws.fit.Numbers;
import dev.calandra.laws.fit.ResultTable;
import dev.calandra.laws.numeric.Resampling;
import dev.calandra.laws.report.FitJson;
import dev.calandra.laws.report.HtmlReport;
import dev.calandra.laws.table.RunTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Fits a scaling law to a table of runs. */
@Command(
        name = "fit",
        description =
                "Fit a scaling law to any table of runs: constants with 95 %% intervals, a test on runs held out, and what"
                        + " the data cannot tell.")
final class FitCommand implements Runnable {
    private static final List<String> SIZES = List.of("parameters", "active_parameters", "tokens", "flops");

    @Spec
    private CommandSpec spec;

    @Mixin
    private TableArguments table;

    @Option(
            names = "--law",
            paramLabel = "LAW[,LAW]",
            split = ",",
            hideParamSyntax = true,
            description =
                    "chinchilla (default), overtraining, repetition, routed, leverage, isoflop or hyperparameters;"
                            + " several make one report.")
    private List<String> laws = List.of("chinchilla");

    @Option(
            names = "--hold-out",
            paramLabel = "CONDITION",
            description = "Rows not to fit but to predict, for example 'parameters>1e9'.")
    private String holdOut = "";

    @Option(
            names = "--bootstrap",
            paramLabel = "COUNT",
            description = "Resamples behind the intervals; 0 for none. Default: ${DEFAULT-VALUE}.")
    private int bootstrap = 1000;

    @Option(names = "--seed", paramLabel = "SEED", description = "Of the resamples. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--huber",
            paramLabel = "DELTA",
            description =
                    "Residuals beyond it count linearly; 'none' for least squares. Default: 0.001; overtraining 0.0025,"
                            + " routed none. Laws of the loss only, and leverage.")
    private String huber = "";

    @Option(
            names = "--residuals",
            paramLabel = "log|plain",
            description = "Differences of log losses (default), or of losses. Laws of the loss only, and leverage.")
    private String residuals;

    @Option(
            names = "--fix",
            paramLabel = "CONSTANT=VALUE,...",
            split = ",",
            hideParamSyntax = true,
            description =
                    "A constant that is given, not fitted, for example E=1.87. May be repeated. Laws of the loss only, and leverage.")
    private Map<String, Double> fixed = new LinkedHashMap<>();

    @Option(
            names = "--form",
            paramLabel = "CHOICE=VARIABLE+VARIABLE,...",
            split = ",",
            hideParamSyntax = true,
            description =
                    "What learning_rate or batch_tokens depends on, for example learning_rate=parameters+tokens,batch_tokens=tokens;"
                            + " chosen by cross-validation where not given. Law hyperparameters only.")
    private Map<String, String> forms = new LinkedHashMap<>();

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write the law file, for recommend, regret and learning_rate: auto.")
    private Path output;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Write one HTML page with charts and tables; needs no network.")
    private Path report;

    @Override
    public void run() {
        FitSettings settings = settings();
        if (output != null && laws.size() > 1) {
            throw wrong("--output holds one law, and --law names " + laws.size());
        }
        List<FitResult> results;
        try {
            RunTable runs = table.read();
            results = laws.stream()
                    .map(law -> Fitting.fit(law, runs, table.selection(holdOut), settings))
                    .toList();
            if (output != null) {
                Fitting.lawFile(results.getFirst(), runs, command()).write(output);
            }
            if (report != null) {
                Files.writeString(report, HtmlReport.of(results, runs.source(), command()));
            }
        } catch (IOException e) {
            throw ErrorReport.unreadable("the runs", e);
        }
        print(results);
        if (output != null) {
            spec.commandLine().getErr().println("calandra: law written into " + output);
        }
        if (report != null) {
            spec.commandLine().getErr().println("calandra: report written into " + report);
        }
    }

    private void print(List<FitResult> results) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            String objects =
                    String.join(",\n", results.stream().map(FitJson::of).toList());
            out.println(results.size() == 1 ? objects : "[" + objects + "]");
            return;
        }
        for (int i = 0; i < results.size(); i++) {
            if (i > 0) {
                out.println();
            }
            print(results.get(i), out);
        }
    }

    private FitSettings settings() {
        if (bootstrap < 0) {
            throw wrong("--bootstrap must not be negative, is " + bootstrap);
        }
        if (residuals != null && !List.of("log", "plain").contains(residuals)) {
            throw wrong("--residuals must be log or plain, is " + residuals);
        }
        for (String law : laws) {
            requireForLaw(law, "--huber", !huber.isEmpty());
            requireForLaw(law, "--residuals", residuals != null);
            requireForLaw(law, "--fix", !fixed.isEmpty());
            if (!forms.isEmpty() && !Fitting.takesForms(law)) {
                throw wrong("--form is for law hyperparameters, not " + law);
            }
        }
        return new FitSettings(delta(), !"plain".equals(residuals), fixed, forms(), new Resampling(bootstrap, seed));
    }

    private void requireForLaw(String law, String option, boolean given) {
        if (given && Fitting.laws().contains(law) && !Fitting.lossLaws().contains(law)) {
            throw wrong("%s is for laws %s, not %s".formatted(option, String.join(", ", Fitting.lossLaws()), law));
        }
    }

    private Map<Knob, List<String>> forms() {
        Map<Knob, List<String>> parsed = new EnumMap<>(Knob.class);
        forms.forEach((target, variables) -> {
            Knob knob = Stream.of(Knob.values())
                    .filter(each -> each.target().equals(target))
                    .findFirst()
                    .orElseThrow(() -> wrong("--form: %s is neither learning_rate nor batch_tokens".formatted(target)));
            List<String> names = List.of(variables.split("\\+"));
            for (String name : names) {
                if (!SIZES.contains(name)) {
                    throw wrong("--form: %s cannot depend on \"%s\"; there are %s"
                            .formatted(target, name, String.join(", ", SIZES)));
                }
            }
            parsed.put(knob, names);
        });
        return parsed;
    }

    private Double delta() {
        if (huber.isEmpty()) {
            return null;
        }
        if (huber.equals("none")) {
            return Double.POSITIVE_INFINITY;
        }
        try {
            double delta = Double.parseDouble(huber);
            if (delta > 0) {
                return delta;
            }
        } catch (NumberFormatException e) {
            throw new ParameterException(
                    spec.commandLine(), "--huber must be a number above 0 or none, is " + huber, e);
        }
        throw wrong("--huber must be above 0, is " + huber);
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private String command() {
        return spec.commandLine().getParent().getParseResult().originalArgs().stream()
                .map(FitCommand::quoted)
                .collect(Collectors.joining(" ", "calandra ", ""));
    }

    /** As a shell has to be given it. */
    private static String quoted(String argument) {
        return argument.matches("[\\w./:=,+-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }

    private static void print(FitResult result, PrintWriter out) {
        TableArguments.printRows(result.runs(), out);
        out.println();
        out.println(result.law() + ": " + result.formula());
        Table constants = new Table("CONSTANT", "VALUE", "95 % INTERVAL");
        result.constants()
                .forEach((name, estimate) -> constants.add(
                        name,
                        Numbers.of(estimate.value()),
                        estimate.low() == null
                                ? "-"
                                : Numbers.of(estimate.low()) + " to " + Numbers.of(estimate.high())));
        constants.print(out);
        out.println();
        printQuality(result, out);
        for (ResultTable each : result.tables()) {
            out.println();
            print(each, out);
        }
        if (!result.words().isEmpty()) {
            out.println();
            result.words().forEach(word -> out.println("* " + word));
        }
    }

    private static void printQuality(FitResult result, PrintWriter out) {
        out.printf(Locale.ROOT, "objective %.8g: %s; %s%n", result.objective(), result.criterion(), result.agreement());
        if (!result.residuals().isEmpty()) {
            out.printf(
                    "residuals of log %s: root mean square %s%n",
                    result.residualsOf(), Numbers.percent(result.rootMeanSquare()));
        }
        out.printf(
                Locale.ROOT,
                "condition number %.2e; told worst: %s%n",
                result.conditioning().number(),
                String.join(", ", result.conditioning().weakest()));
        result.test()
                .ifPresentOrElse(
                        test -> printTest(test, out),
                        () -> out.println("no prediction test: too few runs to keep any back"));
    }

    private static void printTest(HeldOutPrediction test, PrintWriter out) {
        out.printf(
                "prediction of %d (%s) by the law of the other %d: mean error %s, largest %s, bias %s%n",
                test.runs().size(),
                test.what(),
                test.fittedRuns(),
                Numbers.percent(test.meanError()),
                Numbers.percent(test.largestError()),
                Numbers.percent(test.bias()));
    }

    /** Prints a table of a result under its title. */
    static void print(ResultTable content, PrintWriter out) {
        out.println(content.title());
        Table shown = new Table(content.columns().toArray(String[]::new));
        content.rows().forEach(row -> shown.add(row.toArray(String[]::new)));
        shown.print(out);
    }
}
