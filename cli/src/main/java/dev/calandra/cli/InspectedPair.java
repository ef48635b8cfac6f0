package dev.calandra.cli;

import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.trainer.exchange.TensorDifference;
import dev.calandra.trainer.exchange.TensorDifference.Kind;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Two checkpoints, tensor by tensor. */
final class InspectedPair {
    private static final int NAMED = 20;

    private InspectedPair() {}

    /**
     * Prints what differs.
     *
     * @return whether nothing does: the same names, and the same bytes for each
     */
    static boolean compare(TensorReader first, TensorReader second, PrintWriter out) {
        out.println("A: " + first.location());
        out.println("B: " + second.location());
        Table table = new Table("TENSOR", "A", "B", "LARGEST DIFFERENCE", "RELATIVE NORM");
        Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
        for (TensorInfo a : first.tensors()) {
            if (second.find(a.name()).isPresent()) {
                TensorDifference difference = TensorDifference.of(first, second, a.name());
                counts.merge(difference.kind(), 1, Integer::sum);
                add(table, a, second.tensor(a.name()), difference);
            }
        }
        List<String> onlyFirst = missing(first, second);
        List<String> onlySecond = missing(second, first);
        boolean same = onlyFirst.isEmpty()
                && onlySecond.isEmpty()
                && counts.keySet().stream().allMatch(Kind.IDENTICAL::equals);
        if (counts.keySet().stream().anyMatch(kind -> kind != Kind.IDENTICAL)) {
            table.print(out);
        }
        printOnly("A", onlyFirst, out);
        printOnly("B", onlySecond, out);
        out.printf(
                Locale.ROOT,
                "%,d tensors identical, %,d of the same values in another type, %,d different, %,d only in A, %,d only in B%n",
                counts.getOrDefault(Kind.IDENTICAL, 0),
                counts.getOrDefault(Kind.SAME_VALUES, 0),
                counts.entrySet().stream()
                        .filter(e -> e.getKey() != Kind.IDENTICAL && e.getKey() != Kind.SAME_VALUES)
                        .mapToInt(Map.Entry::getValue)
                        .sum(),
                onlyFirst.size(),
                onlySecond.size());
        return same;
    }

    private static void add(Table table, TensorInfo a, TensorInfo b, TensorDifference difference) {
        switch (difference.kind()) {
            case IDENTICAL -> {}
            case SAME_VALUES -> table.add(a.name(), shown(a), shown(b), "0", "0");
            case SHAPE, BYTES -> table.add(a.name(), shown(a), shown(b), "-", "-");
            case VALUES ->
                table.add(a.name(), shown(a), shown(b), number(difference.largest()), number(difference.relative()));
        }
    }

    private static String shown(TensorInfo tensor) {
        return tensor.dtype() + tensor.shape().toString();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3g", value);
    }

    private static List<String> missing(TensorReader from, TensorReader in) {
        return from.tensors().stream()
                .map(TensorInfo::name)
                .filter(name -> in.find(name).isEmpty())
                .toList();
    }

    private static void printOnly(String side, List<String> names, PrintWriter out) {
        names.stream().limit(NAMED).forEach(name -> out.println("only in " + side + ": " + name));
        if (names.size() > NAMED) {
            out.println("only in " + side + ": " + (names.size() - NAMED) + " more");
        }
    }
}
