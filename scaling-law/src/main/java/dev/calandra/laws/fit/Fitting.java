package dev.calandra.laws.fit;

import dev.calandra.configs.CalandraException;
import dev.calandra.configs.ExitCode;
import dev.calandra.laws.forms.LossForm;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.table.ColumnMap;
import dev.calandra.laws.table.RunSelector;
import dev.calandra.laws.table.RunTable;
import dev.calandra.laws.table.Runs;
import dev.calandra.laws.table.Selection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The laws that can be fitted, by name. */
public final class Fitting {
    private static final String ISOFLOP = "isoflop";
    private static final String HYPER_PARAMETERS = "hyperparameters";
    /** Draws that a law file keeps: enough for 95 % intervals, few enough to be read. */
    private static final int DRAWS_KEPT = 400;

    private static final List<String> GRID =
            List.of("parameters", "tokens", "flops", "learning_rate", "batch_tokens", "loss");

    private Fitting() {}

    /** Names of all laws. */
    public static List<String> laws() {
        List<String> names = new ArrayList<>(lossLaws());
        names.add(ISOFLOP);
        names.add(HYPER_PARAMETERS);
        return names;
    }

    /** Names of the laws of the loss, which {@link FitSettings}' delta, residuals and fixed constants are for. */
    public static List<String> lossLaws() {
        return LossForm.ALL.stream().map(LossForm::name).toList();
    }

    /** Whether {@link FitSettings#forms()} is for this law. */
    public static boolean takesForms(String law) {
        return law.equals(HYPER_PARAMETERS);
    }

    /**
     * Fits a law to a table.
     *
     * @throws CalandraException if there is no such law, or the selection is wrong
     * @throws dev.calandra.configs.DataException if the table does not hold what the law needs
     */
    public static FitResult fit(String law, RunTable table, Selection selection, FitSettings settings) {
        Optional<LossForm> form = LossForm.named(law);
        if (form.isPresent()) {
            List<String> variables = new ArrayList<>(form.get().variables());
            variables.add(form.get().response());
            return LossFitter.fit(form.get(), RunSelector.select(table, selection, variables, List.of()), settings);
        }
        return switch (law) {
            case ISOFLOP ->
                IsoFlopFitter.fit(
                        RunSelector.select(table, selection, List.of("flops", "parameters", "loss"), List.of("tokens")),
                        settings);
            case HYPER_PARAMETERS -> HyperParameterFitter.fit(grid(table, selection), settings);
            default ->
                throw new CalandraException(
                        ExitCode.USAGE, "--law %s: there are %s".formatted(law, String.join(", ", laws())));
        };
    }

    /**
     * The runs of a grid over learning rate and batch size, with the sizes that laws may depend on. Parameters are all of them, those of
     * experts at rest included; active ones are a variable of their own. Compute that the table does not have is 6 N D.
     */
    public static Runs grid(RunTable table, Selection selection) {
        Map<String, String> map = new LinkedHashMap<>(selection.map().expressions());
        if (table.has("parameters")) {
            map.putIfAbsent("parameters", "parameters");
        }
        return RunSelector.select(table, selection.with(new ColumnMap(map)), GRID, List.of("active_parameters"));
    }

    /**
     * A result as a law file.
     *
     * @param table that was fitted
     * @param command that was given
     */
    public static LawFile lawFile(FitResult result, RunTable table, String command) {
        return new LawFile(
                result.law().equals(ISOFLOP) ? "allocation" : result.law(),
                result.formula(),
                result.constants(),
                result.draws().stream().limit(DRAWS_KEPT).toList(),
                result.fittedRange(),
                result.runs().definitions(),
                result.behind().size(),
                result.objective(),
                table.source(),
                command,
                table.sha256(),
                notes(result));
    }

    /** What the fit says; of a law of the loss or the size also which parameters it will be asked with. */
    private static List<String> notes(FitResult result) {
        List<String> notes = new ArrayList<>(result.words());
        String parameters = result.runs().definitions().get("parameters");
        if (parameters != null && !result.law().equals(HYPER_PARAMETERS) && !parameters.endsWith("parameters")) {
            notes.add("Parameters are \"%s\" of the table; of a MoE model recommend takes the active ones for them."
                    .formatted(parameters));
        }
        return notes;
    }
}
