package dev.calandra.laws.records;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.calandra.configs.DataException;
import dev.calandra.laws.forms.LossForm;
import dev.calandra.laws.numeric.Quantiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * A fitted or published law, as a JSON file. Loss laws ({@code chinchilla}, {@code overtraining}, ...) hold the constants of a
 * {@link LossForm}. Laws that choose something ({@code hyperparameters}, {@code allocation}) hold one {@link PowerProduct} for each
 * choice, its constants named {@code learning_rate.coefficient}, {@code learning_rate.flops} (an exponent) and so on.
 *
 * @param law name of the form
 * @param formula for people
 * @param constants by name, in the form's order
 * @param draws bootstrap draws, each with one number for each constant in order; may be empty
 * @param fittedRange by variable, what the runs behind the law covered
 * @param variables by variable, what it was computed from: a column, an expression, or a definition in words
 * @param runs how many runs were fitted; 0 where not known
 * @param objective value that the fit minimised; null where not known
 * @param source file or publication
 * @param command that made the file; empty for published laws
 * @param dataSha256 of the file fitted; empty for published laws
 * @param notes what to know before relying on it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LawFile(
        String law,
        String formula,
        Map<String, Estimate> constants,
        List<double[]> draws,
        Map<String, Range> fittedRange,
        Map<String, String> variables,
        int runs,
        Double objective,
        String source,
        String command,
        String dataSha256,
        List<String> notes) {

    /** What a law's {@code flops} were computed from where a table had none, nor active parameters. */
    public static final String SIX_ND_FLOPS = "6*parameters*tokens";

    /** What a law's {@code flops} were computed from where a table had none, but active parameters. */
    public static final String SIX_ACTIVE_ND_FLOPS = "6*active_parameters*tokens";

    public LawFile {
        Objects.requireNonNull(law, "law");
        Objects.requireNonNull(source, "source");
        constants = new LinkedHashMap<>(constants);
        draws = draws == null ? List.of() : List.copyOf(draws);
        fittedRange = fittedRange == null ? Map.of() : new LinkedHashMap<>(fittedRange);
        variables = variables == null ? Map.of() : new LinkedHashMap<>(variables);
        notes = notes == null ? List.of() : List.copyOf(notes);
        int size = constants.size();
        if (draws.stream().anyMatch(draw -> draw.length != size)) {
            throw new IllegalArgumentException("a draw of law %s has not %d constants".formatted(law, size));
        }
        constants.forEach((name, estimate) -> requireUsable(name, estimate.value()));
        List<String> names = List.copyOf(constants.keySet());
        for (double[] draw : draws) {
            for (int k = 0; k < size; k++) {
                requireUsable(names.get(k), draw[k]);
            }
        }
    }

    /** Laws that choose are evaluated in logarithms: a coefficient of zero or infinity, in a draw too, is no law. */
    private static void requireUsable(String name, double value) {
        if (!Double.isFinite(value) || name.endsWith(PowerProduct.COEFFICIENT) && !(value > 0)) {
            throw new IllegalArgumentException("%s is %s, where a finite%s number is needed; fit the law again"
                    .formatted(name, value, name.endsWith(PowerProduct.COEFFICIENT) ? " and positive" : ""));
        }
    }

    /**
     * A file, or one of the laws that come with Calandra (see {@link BuiltInLaws}).
     *
     * @throws DataException if there is neither, or the file is no law file
     */
    public static LawFile resolve(String nameOrPath) {
        Optional<LawFile> builtIn = BuiltInLaws.named(nameOrPath);
        if (builtIn.isPresent()) {
            return builtIn.get();
        }
        Path path = Path.of(nameOrPath);
        if (!Files.exists(path)) {
            throw new DataException("%s: no such law file, and no built-in law; those are %s"
                    .formatted(nameOrPath, String.join(", ", BuiltInLaws.names())));
        }
        return read(path);
    }

    /** @throws DataException if the file is no law file */
    public static LawFile read(Path path) {
        try {
            return Json.PAGES.readValue(Files.readString(path), LawFile.class);
        } catch (JsonProcessingException e) {
            throw new DataException("%s:%d: not a law file: %s"
                    .formatted(
                            path, e.getLocation() == null ? 1 : e.getLocation().getLineNr(), Json.problem(e)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the file by way of a temporary one beside it, so that no reader sees half of it. */
    public void write(Path path) throws IOException {
        Path unfinished = path.resolveSibling(path.getFileName() + ".part");
        Files.writeString(unfinished, toJson() + "\n");
        Files.move(unfinished, path, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The file's content. */
    public String toJson() {
        try {
            return Json.PAGES.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a law that is not JSON: " + law, e);
        }
    }

    /** What the law chooses, such as {@code learning_rate}; empty for loss laws. */
    @JsonIgnore
    public List<String> targets() {
        return constants.keySet().stream()
                .filter(name -> name.endsWith(PowerProduct.COEFFICIENT))
                .map(name -> name.substring(0, name.length() - PowerProduct.COEFFICIENT.length()))
                .toList();
    }

    /** Whether what the law says depends on a variable, or is one. */
    public boolean concerns(String variable) {
        return LossForm.named(law)
                        .map(form -> form.variables().contains(variable))
                        .orElse(false)
                || targets().stream()
                        .anyMatch(target -> target.equals(variable)
                                || rule(target).variables().contains(variable));
    }

    /**
     * How the law chooses something.
     *
     * @param target {@code learning_rate}, {@code batch_tokens}, {@code tokens}, {@code flops_per_token} or {@code parameters}
     * @throws DataException if the law does not choose it
     */
    public PowerProduct rule(String target) {
        return rule(target, values());
    }

    /**
     * The 95 % interval of a choice at a point, from the bootstrap draws.
     *
     * @return empty where the law has no draws
     */
    public Optional<Range> interval(String target, Map<String, Double> point) {
        return interval(draws.stream().mapToDouble(draw -> rule(target, draw).at(point)));
    }

    /**
     * The loss that the law expects, nats per token.
     *
     * @param point positive values of the form's variables, such as {@code parameters} and {@code tokens}
     * @throws DataException if this is no loss law or the point lacks a variable
     */
    public double loss(Map<String, Double> point) {
        LossForm form = lossForm();
        return form.loss(inFormOrder(form, values()), coordinates(form, point));
    }

    /** The 95 % interval of the expected loss at a point, from the bootstrap draws; a single run scatters around it besides. */
    public Optional<Range> lossInterval(Map<String, Double> point) {
        LossForm form = lossForm();
        double[] x = coordinates(form, point);
        return interval(draws.stream().mapToDouble(draw -> form.loss(inFormOrder(form, draw), x)));
    }

    /** Values of the constants, in order. */
    public double[] values() {
        return constants.values().stream().mapToDouble(Estimate::value).toArray();
    }

    /**
     * A constant's value.
     *
     * @throws DataException if the law has no such constant
     */
    public double value(String constant) {
        Estimate estimate = constants.get(constant);
        if (estimate == null) {
            throw new DataException("%s: law %s has no constant %s; it has %s"
                    .formatted(source, law, constant, String.join(", ", constants.keySet())));
        }
        return estimate.value();
    }

    /** How many times a point lies beyond the fitted range, in its worst variable; 1 inside or where no range is known. */
    public double timesBeyond(Map<String, Double> point) {
        return point.entrySet().stream()
                .filter(entry -> fittedRange.containsKey(entry.getKey()))
                .mapToDouble(entry -> fittedRange.get(entry.getKey()).timesBeyond(entry.getValue()))
                .max()
                .orElse(1);
    }

    /**
     * The form of a loss law.
     *
     * @throws DataException if this law does not tell a loss
     */
    @JsonIgnore
    public LossForm lossForm() {
        return LossForm.named(law)
                .orElseThrow(() -> new DataException("%s: law %s does not tell a loss".formatted(source, law)));
    }

    private PowerProduct rule(String target, double[] values) {
        return PowerProduct.of(target, constants.keySet(), values)
                .orElseThrow(() -> new DataException("%s: law %s does not choose %s; it chooses %s"
                        .formatted(
                                source, law, target, targets().isEmpty() ? "nothing" : String.join(", ", targets()))));
    }

    private double[] inFormOrder(LossForm form, double[] values) {
        List<String> names = new ArrayList<>(constants.keySet());
        return form.constants().stream()
                .mapToDouble(name -> {
                    value(name);
                    return values[names.indexOf(name)];
                })
                .toArray();
    }

    private double[] coordinates(LossForm form, Map<String, Double> point) {
        return form.variables().stream()
                .mapToDouble(variable -> Optional.ofNullable(point.get(variable))
                        .map(Math::log)
                        .orElseThrow(() -> new DataException("law %s needs %s".formatted(law, variable))))
                .toArray();
    }

    private static Optional<Range> interval(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        if (sorted.length == 0) {
            return Optional.empty();
        }
        return Optional.of(new Range(Quantiles.ofSorted(sorted, 0.025), Quantiles.ofSorted(sorted, 0.975)));
    }

    @Override
    public String toString() {
        return "%s %s from %s".formatted(law, Arrays.toString(values()), source);
    }
}
