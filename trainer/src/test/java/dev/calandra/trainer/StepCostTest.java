package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.profile.KernelCall;
import dev.calandra.engine.profile.ProfilingKernels;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a step of pico costs in quantities that do not depend on the machine. Whoever lowers one lowers its limit here. */
class StepCostTest {

    private static final Map<String, Integer> CALLS = Map.ofEntries(
            Map.entry("adamW", 81),
            Map.entry("add", 15),
            Map.entry("attention", 7),
            Map.entry("attentionBackward", 7),
            Map.entry("combine", 12),
            Map.entry("dispatch", 6),
            Map.entry("embedding", 5),
            Map.entry("embeddingBackward", 2),
            Map.entry("fill", 81),
            Map.entry("gather", 6),
            Map.entry("linear", 47),
            Map.entry("linearCrossEntropy", 2),
            Map.entry("linearInputGrad", 47),
            Map.entry("linearWeightGrad", 47),
            Map.entry("qkNormRope", 14),
            Map.entry("qkNormRopeBackward", 7),
            Map.entry("quantiseBlocks", 40),
            Map.entry("quantiseColumns", 80),
            Map.entry("quantiseRows", 74),
            Map.entry("rmsNorm", 32),
            Map.entry("rmsNormBackward", 18),
            Map.entry("route", 6),
            Map.entry("routeBackward", 6),
            Map.entry("scatter", 6),
            Map.entry("sum", 2),
            Map.entry("sumOfSquares", 81),
            Map.entry("swiGlu", 13),
            Map.entry("swiGluBackward", 13));

    private static final double MEBIBYTES = 1291;

    @Test
    void aStepCallsNoMoreKernelsAndMovesNoMoreBytesThanItDid() {
        ProfilingKernels kernels = new ProfilingKernels(new CpuKernels(2));
        try (PicoSteps pico = new PicoSteps(kernels)) {
            kernels.startRecording();
            pico.step();
        }
        Map<String, Integer> calls = kernels.calls().stream()
                .collect(Collectors.toMap(KernelCall::kernel, _ -> 1, Integer::sum, TreeMap::new));
        assertThat(calls)
                .allSatisfy((kernel, count) ->
                        assertThat(count).as("calls of %s", kernel).isLessThanOrEqualTo(CALLS.getOrDefault(kernel, 0)));
        double mebibytes =
                kernels.calls().stream().mapToLong(call -> call.work().bytes()).sum() / 0x1p20;
        assertThat(mebibytes).isLessThanOrEqualTo(MEBIBYTES);
    }

    @Test
    void aStepTakesNoMemoryFromTheSystemAfterTheSecond() {
        try (PicoSteps pico = new PicoSteps(new CpuKernels(2))) {
            pico.step();
            pico.step();
            long reserved = pico.memory().reservedBytes();
            for (int i = 0; i < 2; i++) {
                pico.step();
                assertThat(pico.memory().reservedBytes()).isEqualTo(reserved);
            }
        }
    }
}
