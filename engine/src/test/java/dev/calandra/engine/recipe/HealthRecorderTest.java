package dev.calandra.engine.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.engine.support.TensorsExtension;
import dev.calandra.engine.support.TestTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorsExtension.class)
class HealthRecorderTest {

    private final Recipe fp8 = new Fp8Blockwise(Fp8Format.E4M3);

    @Test
    void sharesAreOfTheNonZeroValues(TestTensors tensors) {
        // One tile whose scale is 1: 448 stands at the top, 1e-4 is below half the smallest subnormal 2^-9.
        Tensor x = tensors.of(new float[] {448, 1e-4f, 2, 0}, 1, 4);
        try (Kernels kernels = new CpuKernels(1);
                Encoded rows = fp8.rows(kernels, tensors.memory(), x)) {
            HealthRecorder recorder = new HealthRecorder(kernels, tensors.memory());
            recorder.observe("layer", Signal.ACTIVATION_ROWS, x, rows, null);
            OperandHealth health = recorder.report().getFirst();
            assertThat(health.nonZero()).isEqualTo(3);
            assertThat(health.underflowShare()).isCloseTo(1 / 3.0, within(1e-12));
            assertThat(health.saturationShare()).isCloseTo(1 / 3.0, within(1e-12));
            assertThat(health.cosine()).isCloseTo(1, within(1e-9));
        }
    }

    @Test
    void gatheredRowsAreMeasuredAsTheyWereEncoded(TestTensors tensors) {
        Tensor x = tensors.normal(5, 130);
        Tensor token = tensors.ints(new int[] {4, 0, 0, 2}, 4);
        Tensor scale = tensors.of(new float[] {0.5f, 2, 1, 3}, 4);
        Groups groups = tensors.groups(3, 0, 1);
        try (Kernels kernels = new CpuKernels(1);
                Encoded rows = fp8.rows(kernels, tensors.memory(), x)) {
            GatheredRows gathered = new GatheredRows(x, token, scale);
            try (Encoded columns = fp8.columns(kernels, tensors.memory(), gathered, rows, groups)) {
                HealthRecorder recorder = new HealthRecorder(kernels, tensors.memory());
                recorder.observe("layer", Signal.GRADIENT_COLUMNS, gathered, columns, groups);
                OperandHealth health = recorder.report().getFirst();
                assertThat(health.nonZero()).isEqualTo(4 * 130);
                // E4M3 rounds each value to 1/16 of its power of two at worst.
                assertThat(health.cosine()).isBetween(0.999, 1.0);
            }
        }
    }

    @Test
    void operandsThatAreNotFp8ArePassedOver(TestTensors tensors) {
        Tensor x = tensors.normal(3, 4);
        try (Kernels kernels = new CpuKernels(1);
                Encoded rows = new Bf16().rows(kernels, tensors.memory(), x)) {
            HealthRecorder recorder = new HealthRecorder(kernels, tensors.memory());
            recorder.observe("layer", Signal.ACTIVATION_ROWS, x, rows, null);
            assertThat(recorder.report()).isEmpty();
        }
    }
}
