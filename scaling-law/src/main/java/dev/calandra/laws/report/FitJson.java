package dev.calandra.laws.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import dev.calandra.laws.fit.Cell;
import dev.calandra.laws.fit.FitResult;
import dev.calandra.laws.fit.HeldOutPrediction;
import dev.calandra.laws.fit.Regret;
import dev.calandra.laws.fit.Residual;
import dev.calandra.laws.fit.ResultTable;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.table.Exclusion;
import dev.calandra.laws.table.Runs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results as JSON objects. */
public final class FitJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .addModule(new SimpleModule().addSerializer(Double.class, new FiniteNumber()))
            .build();

    private FitJson() {}

    /** Everything that a fit found, residuals included. */
    public static String of(FitResult result) {
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("law", result.law());
        page.put("formula", result.formula());
        page.put("constants", constants(result.constants()));
        page.put("criterion", result.criterion());
        page.put("objective", result.objective());
        page.put("starts", result.agreement());
        page.put("bootstrap", result.draws().size());
        page.put("rows", rows(result.runs()));
        page.put("variables", result.runs().definitions());
        page.put("fitted_range", result.fittedRange());
        page.put("residuals_of", result.residualsOf());
        page.put("rms_of_log_residuals", result.rootMeanSquare());
        result.test().ifPresent(test -> page.put("prediction_test", test(test)));
        page.put("condition_number", result.conditioning().number());
        page.put("told_worst", result.conditioning().weakest());
        page.put("notes", result.words());
        page.put("tables", result.tables().stream().map(FitJson::table).toList());
        page.put("residuals", result.residuals().stream().map(FitJson::residual).toList());
        return write(page);
    }

    /** A regret, cell by cell. */
    public static String of(Regret regret, Runs runs) {
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("mean_excess", regret.mean());
        page.put("largest_excess", regret.largest());
        page.put("contested_cells", regret.contested().cells().size());
        page.put("contested_mean_excess", regret.contested().mean());
        page.put("cells_with_a_lost_point_nearer", regret.lost().cells().size());
        page.put("rows", rows(runs));
        page.put("variables", runs.definitions());
        List<Map<String, Object>> cells = new ArrayList<>();
        for (Regret.Choice choice : regret.cells()) {
            Map<String, Object> cell = new LinkedHashMap<>(choice.cell().point());
            int best = choice.cell().best();
            cell.put("runs", choice.cell().size());
            cell.put("law", knobs(choice.rate(), choice.batch()));
            cell.put("nearest", run(choice, choice.taken()));
            choice.lost().ifPresent(lost -> cell.put("nearer_without_a_loss", lost(lost)));
            cell.put("best", run(choice, best));
            cell.put("excess", choice.excess());
            cell.put("excess_nats", choice.difference());
            cells.add(cell);
        }
        page.put("cells", cells);
        return write(page);
    }

    private static Map<String, Object> knobs(double rate, double batch) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("learning_rate", rate);
        shown.put("batch_tokens", batch);
        return shown;
    }

    private static Map<String, Object> lost(Cell.Lost lost) {
        Map<String, Object> shown = knobs(lost.rate(), lost.batch());
        shown.put("reason", lost.reason());
        return shown;
    }

    private static Map<String, Double> run(Regret.Choice choice, int run) {
        Map<String, Double> shown = new LinkedHashMap<>();
        shown.put("learning_rate", choice.cell().rates()[run]);
        shown.put("batch_tokens", choice.cell().batches()[run]);
        shown.put("loss", choice.cell().losses()[run]);
        return shown;
    }

    private static Map<String, Object> constants(Map<String, Estimate> constants) {
        Map<String, Object> shown = new LinkedHashMap<>();
        constants.forEach((name, estimate) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("value", estimate.value());
            if (estimate.low() != null) {
                one.put("low", estimate.low());
                one.put("high", estimate.high());
            }
            shown.put(name, one);
        });
        return shown;
    }

    private static Map<String, Object> rows(Runs runs) {
        Map<String, Object> rows = new LinkedHashMap<>();
        rows.put("read", runs.rowsRead());
        rows.put("fitted", runs.fitted().size());
        rows.put("held_out", runs.keptBack().size());
        rows.put("excluded", runs.excluded().stream().map(FitJson::exclusion).toList());
        return rows;
    }

    private static Map<String, Object> exclusion(Exclusion exclusion) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("rule", exclusion.rule());
        shown.put("rows", exclusion.lines().size());
        shown.put("lines", exclusion.lines());
        return shown;
    }

    private static Map<String, Object> test(HeldOutPrediction test) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("what", test.what());
        shown.put("fitted", test.fittedRuns());
        shown.put("predicted", test.runs().size());
        shown.put("mean_relative_error", test.meanError());
        shown.put("largest_relative_error", test.largestError());
        shown.put("mean_signed_error", test.bias());
        shown.put("runs", test.runs().stream().map(FitJson::residual).toList());
        return shown;
    }

    private static Map<String, Object> residual(Residual residual) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("line", residual.line());
        shown.put("measured", residual.measured());
        shown.put("predicted", residual.predicted());
        return shown;
    }

    private static Map<String, Object> table(ResultTable table) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("title", table.title());
        shown.put("columns", table.columns());
        shown.put("rows", table.rows());
        return shown;
    }

    private static String write(Object page) {
        try {
            return MAPPER.writeValueAsString(page);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result that is not JSON", e);
        }
    }

    /** JSON has no infinity: what is not finite is null. */
    private static final class FiniteNumber extends StdSerializer<Double> {
        FiniteNumber() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator json, SerializerProvider provider) throws IOException {
            if (Double.isFinite(value)) {
                json.writeNumber(value);
            } else {
                json.writeNull();
            }
        }
    }
}
