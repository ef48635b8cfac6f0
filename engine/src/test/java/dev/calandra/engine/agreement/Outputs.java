package dev.calandra.engine.agreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a case produced, copied out of its tensors. */
final class Outputs {

    /**
     * One product or a sum of up to about a thousand terms in F32: the error grows like √K·2⁻²⁴, 2e-6 for K = 1000, times
     * five for the largest of many elements.
     */
    static final double SUM = 1e-5;

    /** Sums and exponentials in a row, as in attention and the loss: a few times {@link #SUM}. */
    static final double CHAIN = 4e-5;

    /** A few F32 roundings of each element, 6e-8 each. */
    static final double ELEMENT = 1e-6;

    /** Sums of F32 values in double. */
    static final double DOUBLE_SUM = 1e-11;

    private final String caseName;
    private final Map<String, Output> outputs = new LinkedHashMap<>();

    /** @param caseName of the case whose outputs these are, for messages */
    Outputs(String caseName) {
        this.caseName = caseName;
    }

    /** @param tolerance of an element's magnitude plus the root mean square of all; 0 for equal bits */
    private record Output(byte[] bytes, double[] values, double tolerance) {}

    /** Must be equal bit by bit. */
    void exact(String name, Tensor tensor) {
        keep(name, tensor, 0);
    }

    /** No element may be further away than the tolerance times (its expected magnitude + the root mean square of all). */
    void close(String name, Tensor tensor, double tolerance) {
        keep(name, tensor, tolerance);
    }

    private void keep(String name, Tensor tensor, double tolerance) {
        byte[] bytes = tensor.segment().toArray(ValueLayout.JAVA_BYTE);
        if (outputs.put(name, new Output(bytes, tolerance == 0 ? null : values(tensor), tolerance)) != null) {
            throw new IllegalArgumentException("two outputs of the name " + name);
        }
    }

    private static double[] values(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.dtype() == DType.F64
                    ? tensor.getDouble(i)
                    : tensor.require(DType.F32, tensor.shape()).getFloat(i);
        }
        return values;
    }

    /** Holds these against those of the oracle. */
    void assertAgreeWith(Outputs expected) {
        assertThat(outputs.keySet()).isEqualTo(expected.outputs.keySet()).isNotEmpty();
        expected.outputs.forEach((name, output) -> {
            if (output.tolerance == 0) {
                assertSameBits(name, outputs.get(name).bytes, output.bytes);
            } else {
                assertClose(name, outputs.get(name).values, output);
            }
        });
    }

    /** Holds these against those of another run of the same implementation. */
    void assertSameBitsAs(Outputs other) {
        assertThat(outputs.keySet()).isEqualTo(other.outputs.keySet());
        outputs.forEach((name, output) -> assertSameBits(name, output.bytes, other.outputs.get(name).bytes));
    }

    private void assertSameBits(String name, byte[] actual, byte[] expected) {
        int different = Arrays.mismatch(actual, expected);
        assertThat(different)
                .as(() -> "%s: %s, %d bytes, first difference at byte %d: 0x%02X, expected 0x%02X"
                        .formatted(caseName, name, expected.length, different, actual[different], expected[different]))
                .isNegative();
    }

    private void assertClose(String name, double[] actual, Output expected) {
        double squares = 0;
        for (double value : expected.values) {
            squares += value * value;
        }
        double rootMeanSquare = Math.sqrt(squares / Math.max(1, expected.values.length));
        assertThat(rootMeanSquare)
                .as("%s: root mean square of the expected %s", caseName, name)
                .isFinite();
        for (int i = 0; i < expected.values.length; i++) {
            double allowed = expected.tolerance * (rootMeanSquare + Math.abs(expected.values[i]));
            // Written so that a NaN fails.
            if (!(Math.abs(actual[i] - expected.values[i]) <= allowed)) {
                fail(
                        "%s: %s[%d] of %d is %s, expected %s within %.2g",
                        caseName, name, i, actual.length, actual[i], expected.values[i], allowed);
            }
        }
    }
}
