package dev.calandra.engine.recipe;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures every FP8 operand of a sampled step. An operand that is seen several times (micro-batches) adds up. Operands
 * that are not FP8 are passed over.
 */
public final class HealthRecorder implements HealthProbe {

    private static final int STATISTICS = 6;

    private final Kernels kernels;
    private final TensorMemory memory;
    private final Map<Key, double[]> sums = new LinkedHashMap<>();

    private record Key(String layer, Signal signal) {}

    public HealthRecorder(Kernels kernels, TensorMemory memory) {
        this.kernels = kernels;
        this.memory = memory;
    }

    @Override
    public void observe(String layer, Signal signal, Operand original, Encoded encoded, Groups groups) {
        if (!(encoded.operand() instanceof Fp8Tensor codes)) {
            return;
        }
        switch (original) {
            case Tensor tensor -> measure(layer, signal, tensor, codes, groups);
            case GatheredRows gathered -> {
                try (Tensor written = write(gathered)) {
                    measure(layer, signal, written, codes, groups);
                }
            }
            case Fp8Tensor twice ->
                throw new IllegalArgumentException(
                        layer + " " + signal + " was encoded from FP8 codes: that rounds twice");
        }
    }

    /** The gathered rows as a matrix, as if each row were the one expert's answer to the row's token. */
    private Tensor write(GatheredRows gathered) {
        Tensor written = memory.allocate(DType.F32, gathered.rows(), gathered.columns());
        Tensor weight = gathered.scale() == null ? null : gathered.scale().reshape(gathered.rows(), 1);
        Tensor slot = gathered.index().reshape(gathered.rows(), 1);
        kernels.combine((Tensor) gathered.source(), weight, slot, written, false);
        return written;
    }

    private void measure(String layer, Signal signal, Tensor values, Fp8Tensor codes, Groups groups) {
        try (Tensor statistics = memory.allocate(DType.F64, STATISTICS)) {
            kernels.quantisationHealth(values, codes, groups, statistics);
            double[] total = sums.computeIfAbsent(new Key(layer, signal), key -> new double[STATISTICS]);
            for (int i = 0; i < STATISTICS; i++) {
                total[i] += statistics.getDouble(i);
            }
        }
    }

    /** One line per layer and operand, in the order in which they were first seen. */
    public List<OperandHealth> report() {
        return sums.entrySet().stream()
                .map(entry ->
                        OperandHealth.of(entry.getKey().layer(), entry.getKey().signal(), entry.getValue()))
                .toList();
    }
}
