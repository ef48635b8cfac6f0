package dev.calandra.trainer.parallel;

import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.recipe.Encoded;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.engine.recipe.Signal;
import dev.calandra.trainer.model.ForwardObserver;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What passes through the model, row by row: hidden states, routing logits and choices, and the codes and scales that each linear
 * layer's forward product reads. Rows of several passes, and of several ranks, stand one behind the other; experts have theirs in the
 * order of the experts, whichever rank holds them.
 */
final class Seen implements ForwardObserver, HealthProbe {
    /** What reads the rows of tokens as they were sent, in the order of their arrival. */
    private static final String TRAVELLING = ".experts.gate_up_proj.weight";

    private final Map<String, List<Float>> values = new TreeMap<>();
    private final Map<String, Set<List<Float>>> travelling = new TreeMap<>();
    /** Layers of which this pass has shown its operand; a recomputed layer shows it again. */
    private final Set<String> shown = new HashSet<>();

    /** By name; what has a code or a number has its value. */
    Map<String, List<Float>> values() {
        return values;
    }

    /** By layer, codes and scales of the rows that experts have read: a token's are the same on each rank that it visits. */
    Map<String, Set<List<Float>>> travelling() {
        return travelling;
    }

    /** How many layers have shown codes. */
    long coded() {
        return travelling.size()
                + values.keySet().stream()
                        .filter(name -> name.startsWith("codes "))
                        .count();
    }

    @Override
    public void hiddenState(int index, Tensor hTD) {
        if (index == 0) {
            shown.clear();
        }
        add("hidden " + index, hTD.toFloats());
    }

    @Override
    public void router(int index, Tensor logitsTE, Tensor expertsTK) {
        add("logits " + index, logitsTE.toFloats());
        for (int expert : expertsTK.toInts()) {
            add("choice " + index, (float) expert);
        }
    }

    @Override
    public void observe(String layer, Signal signal, Operand original, Encoded encoded, Groups groups) {
        if (signal != Signal.ACTIVATION_ROWS || !shown.add(layer)) {
            return;
        }
        switch (encoded.operand()) {
            case Fp8Tensor codes ->
                codes(layer, codes, IntStream.range(0, codes.rows()).toArray());
            case GatheredRows rows
            when rows.source() instanceof Fp8Tensor codes ->
                codes(layer, codes, rows.index().toInts());
            default -> {
                // Recipes without codes are compared by their hidden states.
            }
        }
    }

    private void codes(String layer, Fp8Tensor operand, int[] rows) {
        int tiles = operand.scales().columns();
        for (int row : rows) {
            List<Float> all = new ArrayList<>();
            byte[] codes = new byte[operand.columns()];
            operand.codes().bytes().get(Math.multiplyExact(row, codes.length), codes);
            for (byte code : codes) {
                all.add((float) code);
            }
            for (int tile = 0; tile < tiles; tile++) {
                all.add(operand.scales().getFloat((long) row * tiles + tile));
            }
            if (layer.endsWith(TRAVELLING)) {
                travelling.computeIfAbsent(layer, key -> new HashSet<>()).add(all);
            } else {
                values.computeIfAbsent("codes " + layer, key -> new ArrayList<>())
                        .addAll(all);
            }
        }
    }

    private void add(String name, float... more) {
        List<Float> all = values.computeIfAbsent(name, key -> new ArrayList<>());
        for (float value : more) {
            all.add(value);
        }
    }

    void append(Seen other) {
        other.values.forEach((name, more) ->
                values.computeIfAbsent(name, key -> new ArrayList<>()).addAll(more));
        other.travelling.forEach((name, more) ->
                travelling.computeIfAbsent(name, key -> new HashSet<>()).addAll(more));
    }
}
