package dev.calandra.laws.fit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a fit of learning rate and batch size shows of its cells. */
record HyperParameterTables(Bowls made, List<PowerFit> laws) {

    /** Best of each cell against the laws. */
    ResultTable bowls() {
        List<String> columns = new ArrayList<>(List.of("PARAMETERS", "TOKENS", "RUNS"));
        for (PowerFit law : laws) {
            String name = law.knob() == Knob.LEARNING_RATE ? "LR" : "BATCH";
            columns.addAll(List.of("BEST " + name, "ERROR", "LAW'S " + name));
        }
        List<List<String>> rows = new ArrayList<>();
        for (Bowl bowl : made.all()) {
            List<String> row = new ArrayList<>(List.of(
                    Numbers.of(bowl.cell().point().get("parameters")),
                    Numbers.of(bowl.cell().point().get("tokens")),
                    "" + bowl.cell().size()));
            for (PowerFit law : laws) {
                row.add(Numbers.of(Math.exp(bowl.log(law.knob()))));
                row.add(String.format(Locale.ROOT, "%.0f %%", 100 * bowl.error(law.knob())));
                row.add(Numbers.of(law.rule().at(bowl.cell().point())));
            }
            rows.add(row);
        }
        return new ResultTable("Best of each cell", columns, rows);
    }

    /** What the laws may depend on, and what that would have cost. */
    ResultTable chosen() {
        List<List<String>> rows = new ArrayList<>();
        for (PowerFit fit : laws) {
            fit.errors()
                    .forEach((variables, error) -> rows.add(List.of(
                            fit.knob().target(),
                            variables,
                            String.format(Locale.ROOT, "a factor of %.3f", Math.exp(error)),
                            variables.equals(String.join(" and ", fit.variables())) ? "taken" : "")));
        }
        return new ResultTable(
                "What the laws may depend on, each cell left out in turn", List.of("LAW", "OF", "ERROR", ""), rows);
    }

    /** Best value of each cell against the law's, law by law. */
    List<Residual> residuals() {
        List<Residual> residuals = new ArrayList<>();
        for (PowerFit law : laws) {
            for (Bowl bowl : made.all()) {
                residuals.add(new Residual(
                        0,
                        Math.exp(bowl.log(law.knob())),
                        law.rule().at(bowl.cell().point())));
            }
        }
        return residuals;
    }
}
