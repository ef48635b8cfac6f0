package dev.calandra.laws.table;

import dev.calandra.configs.DataException;
import dev.calandra.laws.records.LawFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Turns a table into runs. A row is left out, by the first rule that meets it: not selected by {@code --where}; a status that is not
 * finished; a variable that is missing, not finite or not positive; a loss above the maximum; {@code --drop}; equal to an earlier row in
 * every variable; among the highest losses. Every row left out is accounted for.
 */
public final class RunSelector {
    private static final String LOSS = "loss";
    private static final String STATUS = "status is ";
    private static final Set<String> FINISHED =
            Set.of("finished", "completed", "complete", "done", "ok", "success", "succeeded", "true", "1", "");

    /** Columns that a variable is taken from when the map does not name it, in order. */
    private static final Map<String, List<String>> USUAL = Map.of(
            "parameters", List.of("active_parameters", "parameters", "params", "n_params", "num_params", "N"),
            "active_parameters", List.of("active_parameters"),
            "tokens", List.of("tokens", "n_tokens", "num_tokens", "D"),
            "loss", List.of("validation_loss", "val_loss", "loss", "smooth loss", "final_loss"),
            "flops", List.of("scaling_law_flops", "flops", "compute", "C"),
            "learning_rate", List.of("learning_rate", "lr"),
            "batch_tokens", List.of("batch_tokens"),
            "experts", List.of("experts", "num_experts"));

    private final RunTable table;
    private final Selection selection;
    private final Map<String, String> definitions = new LinkedHashMap<>();
    private final Names names;
    private final Map<String, List<Integer>> excluded = new LinkedHashMap<>();
    private final List<Runs.Lost> lost = new ArrayList<>();

    private RunSelector(RunTable table, Selection selection, List<String> variables, List<String> optional) {
        this.table = table;
        this.selection = selection;
        if (!variables.contains(LOSS)) {
            refuseRulesOfLoss();
        }
        for (String variable : variables) {
            definitions.put(variable, definition(variable));
        }
        for (String variable : optional) {
            if (!definitions.containsKey(variable) && isKnown(variable)) {
                definitions.put(variable, definition(variable));
            }
        }
        this.names = new Names(table, selection.map().expressions(), definitions);
    }

    /**
     * Selects runs.
     *
     * @param variables that every run must have, such as {@code parameters}, {@code tokens}, {@code loss}
     * @param optional that are taken where the map or the table has them
     * @throws dev.calandra.configs.CalandraException if a variable has no column, or an expression is wrong
     * @throws DataException if a cell holds text where a number is needed, or no row is left
     */
    public static Runs select(RunTable table, Selection selection, List<String> variables, List<String> optional) {
        return new RunSelector(table, selection, variables, optional).select();
    }

    private void refuseRulesOfLoss() {
        if (selection.dropHighest() > 0) {
            throw Wrong.usage(
                    "--drop-highest leaves out runs of highest loss, and the law has no loss; use --drop CONDITION");
        }
        if (selection.repeats() == Selection.Repeats.BEST) {
            throw Wrong.usage("--repeats best keeps runs of least loss, and the law has no loss; use exclude or keep");
        }
    }

    private String definition(String variable) {
        String mapped = selection.map().expressions().get(variable);
        if (mapped != null) {
            return mapped;
        }
        String usual = usual(variable);
        if (usual != null) {
            return usual;
        }
        if (variable.equals("flops") && isKnown("tokens")) {
            if (isKnown("active_parameters")) {
                return LawFile.SIX_ACTIVE_ND_FLOPS;
            }
            if (isKnown("parameters")) {
                return LawFile.SIX_ND_FLOPS;
            }
        }
        throw Wrong.usage(
                "--map must say what %s is, such as %s=COLUMN. %s".formatted(variable, variable, table.hint(variable)));
    }

    private boolean isKnown(String variable) {
        return selection.map().expressions().containsKey(variable) || usual(variable) != null;
    }

    private String usual(String variable) {
        for (String candidate : USUAL.getOrDefault(variable, List.of(variable))) {
            OptionalInt column =
                    candidate.length() == 1 && !table.has(candidate) ? OptionalInt.empty() : table.column(candidate);
            if (column.isPresent()) {
                String name = table.columns().get(column.getAsInt());
                return name.matches("\\w+") ? name : '"' + name + '"';
            }
        }
        return null;
    }

    private Runs select() {
        Predicate<Row> where = condition(selection.where(), true);
        Predicate<Row> drop = condition(selection.drop(), false);
        Predicate<Row> holdOut = condition(selection.holdOut(), false);
        Map<String, Expression> expressions = new LinkedHashMap<>();
        for (String variable : definitions.keySet()) {
            expressions.put(variable, names.variableFirst(variable).orElseThrow());
        }
        List<Candidate> kept = new ArrayList<>();
        Set<List<Double>> seen = new HashSet<>();
        for (Row row : table.rows()) {
            if (!where.test(row)) {
                exclude("not selected by --where", row.line());
                continue;
            }
            Map<String, Double> values = new LinkedHashMap<>();
            String fault = fault(row, expressions, values);
            if (fault != null) {
                keepLost(row, expressions, drop, fault);
            }
            if (fault == null && drop.test(row)) {
                fault = "dropped by --drop '" + selection.drop() + "'";
            }
            if (fault == null
                    && selection.repeats() == Selection.Repeats.EXCLUDE
                    && !seen.add(List.copyOf(values.values()))) {
                fault = "a duplicate: equal to an earlier row in " + String.join(", ", values.keySet());
            }
            if (fault != null) {
                exclude(fault, row.line());
            } else {
                kept.add(new Candidate(row.line(), values, holdOut.test(row)));
            }
        }
        if (!selection.holdOut().isBlank() && kept.stream().noneMatch(Candidate::heldOut)) {
            throw new DataException("%s: --hold-out '%s' holds out none of %d rows"
                    .formatted(table.source(), selection.holdOut(), kept.size()));
        }
        return runs(withoutHighest(bestOfEqual(kept)));
    }

    private Predicate<Row> condition(String text, boolean otherwise) {
        return text.isBlank() ? row -> otherwise : Condition.parse(text, names);
    }

    /** Why a row is no run, or null; fills the values. */
    private String fault(Row row, Map<String, Expression> expressions, Map<String, Double> values) {
        String unfinished = unfinished(row);
        if (unfinished != null) {
            return unfinished;
        }
        for (Map.Entry<String, Expression> each : expressions.entrySet()) {
            double value = each.getValue().at(row);
            String fault = fault(each.getKey(), value);
            if (fault != null) {
                return fault;
            }
            values.put(each.getKey(), value);
        }
        return null;
    }

    private String unfinished(Row row) {
        OptionalInt status = table.column("status");
        String state = status.isPresent() ? row.cells()[status.getAsInt()] : "";
        boolean counts = FINISHED.contains(state.toLowerCase(Locale.ROOT))
                || selection.finished().stream().anyMatch(state::equalsIgnoreCase);
        return counts ? null : STATUS + state;
    }

    private String fault(String name, double value) {
        if (Double.isNaN(value)) {
            return name + " is missing or not a number";
        }
        if (Double.isInfinite(value)) {
            return name + " is infinite";
        }
        if (!(value > 0)) {
            return name + " is not positive";
        }
        return name.equals(LOSS) && value > selection.maximumLoss()
                ? String.format(Locale.ROOT, "diverged: loss above %.3g, see --max-loss", selection.maximumLoss())
                : null;
    }

    /** Keeps a row that is no run for want of a loss alone, so that a law which leads there can be told so. */
    private void keepLost(Row row, Map<String, Expression> expressions, Predicate<Row> drop, String fault) {
        Map<String, Double> values = new LinkedHashMap<>();
        boolean dropped;
        try {
            for (Map.Entry<String, Expression> each : expressions.entrySet()) {
                if (!each.getKey().equals(LOSS)) {
                    values.put(each.getKey(), each.getValue().at(row));
                }
            }
            dropped = drop.test(row);
        } catch (DataException e) {
            // A row that did not end may hold words in its numbers' place.
            return;
        }
        if (!dropped && values.entrySet().stream().allMatch(each -> fault(each.getKey(), each.getValue()) == null)) {
            lost.add(new Runs.Lost(values, fault));
        }
    }

    /** Of rows that differ in their loss alone, the one of least loss, where that was asked for. */
    private List<Candidate> bestOfEqual(List<Candidate> kept) {
        if (selection.repeats() != Selection.Repeats.BEST) {
            return kept;
        }
        Map<List<Double>, Candidate> best = new LinkedHashMap<>();
        for (Candidate each : kept) {
            best.merge(each.size(), each, (a, b) -> b.loss() < a.loss() ? b : a);
        }
        kept.stream()
                .filter(each -> best.get(each.size()) != each)
                .forEach(each -> exclude("not the best of runs of equal size, see --repeats", each.line()));
        return List.copyOf(best.values());
    }

    private List<Candidate> withoutHighest(List<Candidate> kept) {
        if (selection.dropHighest() == 0) {
            return kept;
        }
        List<Candidate> highest = kept.stream()
                .filter(each -> !each.heldOut())
                .sorted(Comparator.comparingDouble((Candidate each) -> -each.loss()))
                .limit(selection.dropHighest())
                .toList();
        highest.forEach(each -> exclude("among the " + selection.dropHighest() + " highest losses", each.line()));
        return kept.stream().filter(each -> !highest.contains(each)).toList();
    }

    private void exclude(String rule, int line) {
        excluded.computeIfAbsent(rule, key -> new ArrayList<>()).add(line);
    }

    private Runs runs(List<Candidate> kept) {
        List<Exclusion> exclusions = excluded.entrySet().stream()
                .map(entry -> new Exclusion(entry.getKey(), entry.getValue()))
                .toList();
        if (kept.isEmpty()) {
            throw new DataException("%s: none of %d rows is left: %s%s"
                    .formatted(table.source(), table.size(), reasons(exclusions), hint(exclusions)));
        }
        Map<String, double[]> values = new LinkedHashMap<>();
        for (String variable : definitions.keySet()) {
            values.put(
                    variable,
                    kept.stream()
                            .mapToDouble(each -> each.values().get(variable))
                            .toArray());
        }
        boolean[] heldOut = new boolean[kept.size()];
        for (int i = 0; i < heldOut.length; i++) {
            heldOut[i] = kept.get(i).heldOut();
        }
        return new Runs(
                values,
                kept.stream().mapToInt(Candidate::line).toArray(),
                heldOut,
                exclusions,
                new TreeMap<>(definitions),
                table.size(),
                lost);
    }

    private static String reasons(List<Exclusion> exclusions) {
        return exclusions.stream()
                .map(each -> each.lines().size() + " " + each.rule())
                .collect(Collectors.joining("; "));
    }

    private static String hint(List<Exclusion> exclusions) {
        boolean byStatus = exclusions.stream().anyMatch(each -> each.rule().startsWith(STATUS));
        return byStatus
                ? ". A run counts if its status is finished, completed, done, ok or success: name other words with --status-ok"
                : "";
    }

    private record Candidate(int line, Map<String, Double> values, boolean heldOut) {
        double loss() {
            return values.get(LOSS);
        }

        List<Double> size() {
            return values.entrySet().stream()
                    .filter(entry -> !entry.getKey().equals(LOSS))
                    .map(Map.Entry::getValue)
                    .toList();
        }
    }
}
