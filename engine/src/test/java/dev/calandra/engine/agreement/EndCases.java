package dev.calandra.engine.agreement;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.support.TestTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Embedding, loss, element-wise operations, reductions, optimizer. */
final class EndCases {

    private EndCases() {}

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (int[] shape : new int[][] {{1, 1, 1}, {7, 5, 127}, {300, 11, 129}, {129, 1000, 64}}) {
            cases.add(embedding(shape[0], shape[1], shape[2]));
        }
        for (int[] shape : new int[][] {
            {1, 1, 1}, {1, 7, 16}, {7, 127, 33}, {129, 129, 128}, {128, 1000, 64}, {600, 300, 7}, {200, 4096, 48}
        }) {
            for (Targets targets : Targets.values()) {
                cases.add(crossEntropy(shape[0], shape[1], shape[2], targets));
            }
        }
        cases.add(confident());
        for (int size : new int[] {1, 7, 127, 128, 129, 100_003}) {
            cases.add(elementwise(size));
            cases.add(adamW(size));
        }
        return cases.stream();
    }

    private static KernelCase embedding(int tokens, int vocabulary, int width) {
        return new KernelCase(
                "embedding %d of %d, width %d".formatted(tokens, vocabulary, width), (kernels, tensors, out) -> {
                    Tensor id = tensors.randomInts(vocabulary, tokens);
                    Tensor embedded = tensors.output(tokens, width);
                    kernels.embedding(tensors.normal(vocabulary, width), id, embedded);
                    out.exact("out", embedded);
                    Tensor dTable = tensors.normal(vocabulary, width);
                    kernels.embeddingBackward(tensors.normal(tokens, width), id, dTable);
                    out.close("dTable", dTable, Outputs.SUM);
                });
    }

    /** Which tokens have a loss. */
    private enum Targets {
        ALL,
        SOME,
        NONE;

        Tensor make(TestTensors tensors, int tokens, int vocabulary) {
            Tensor targets = tensors.randomInts(vocabulary, tokens);
            for (int t = 0; t < tokens; t++) {
                if (this == NONE || this == SOME && tensors.random().nextInt(3) == 0) {
                    targets.setInt(t, t % 2 == 0 ? -100 : -1);
                }
            }
            return targets;
        }
    }

    private static KernelCase crossEntropy(int tokens, int vocabulary, int width, Targets kind) {
        return new KernelCase(
                "linearCrossEntropy %d of %d, width %d, targets %s".formatted(tokens, vocabulary, width, kind),
                (kernels, tensors, out) -> {
                    Tensor h = tensors.normal(tokens, width);
                    Tensor w = tensors.normal(0.3, new int[] {vocabulary, width});
                    Tensor targets = kind.make(tensors, tokens, vocabulary);
                    Tensor loss = tensors.output(tokens);
                    Tensor lossAlone = tensors.output(tokens);
                    Tensor dh = tensors.output(tokens, width);
                    Tensor dw = tensors.normal(0.01, new int[] {vocabulary, width});
                    kernels.linearCrossEntropy(h, w, targets, 0.125f, dh, dw, loss);
                    kernels.linearCrossEntropy(h, w, targets, 0.125f, null, null, lossAlone);
                    // With one word to choose from the loss is zero: only its rounding is left.
                    if (vocabulary > 1) {
                        out.close("loss", loss, Outputs.CHAIN);
                        out.close("loss without gradients", lossAlone, Outputs.CHAIN);
                        out.close("dh", dh, Outputs.CHAIN);
                    }
                    out.close("dw", dw, Outputs.CHAIN);
                });
    }

    /** Logits in the hundreds: exponentials overflow unless the maximum is taken off first. */
    private static KernelCase confident() {
        return new KernelCase("linearCrossEntropy with huge logits", (kernels, tensors, out) -> {
            Tensor h = tensors.normal(50.0, new int[] {7, 16});
            Tensor w = tensors.normal(50, 16);
            Tensor loss = tensors.output(7);
            Tensor dh = tensors.output(7, 16);
            Tensor dw = tensors.normal(50, 16);
            kernels.linearCrossEntropy(h, w, tensors.randomInts(50, 7), 1f, dh, dw, loss);
            out.close("loss", loss, Outputs.CHAIN);
            out.close("dw", dw, 50 * Outputs.CHAIN);
        });
    }

    private static KernelCase elementwise(int size) {
        return new KernelCase("element-wise " + size, (kernels, tensors, out) -> {
            Tensor a = tensors.normal(size);
            Tensor b = tensors.normal(size);
            Tensor sum = tensors.output(size);
            kernels.add(a, b, sum);
            out.exact("a + b", sum);
            kernels.add(a, b, a);
            out.exact("a += b", a);
            kernels.add(b, a, a);
            out.exact("a = b + a", a);
            kernels.scale(a, 0.37f);
            out.exact("scaled", a);
            Tensor filled = tensors.output(size);
            kernels.fill(filled, -2.5f);
            out.exact("filled", filled);
            Tensor total = tensors.own(tensors.memory().allocate(DType.F64, 1));
            kernels.add(b, filled, b);
            kernels.sum(b, total);
            out.close("sum", total, Outputs.DOUBLE_SUM);
            kernels.sumOfSquares(b, total);
            out.close("sum of squares", total, Outputs.DOUBLE_SUM);
        });
    }

    private static KernelCase adamW(int size) {
        return new KernelCase("adamW " + size, (kernels, tensors, out) -> {
            Tensor parameter = tensors.normal(size);
            Tensor first = tensors.own(tensors.memory().zeros(DType.F32, size));
            Tensor second = tensors.own(tensors.memory().zeros(DType.F32, size));
            for (int step = 1; step <= 3; step++) {
                Tensor gradient = tensors.normal(size);
                gradient.setFloat(0, 0);
                kernels.adamW(parameter, gradient, first, second, new AdamWStep(0.02, 0.9, 0.95, 1e-8, 0.1, step, 0.7));
            }
            out.close("parameter", parameter, Outputs.ELEMENT);
            // With one element the only gradient is zero.
            out.close("first moment", first, Outputs.ELEMENT);
            out.close("second moment", second, Outputs.ELEMENT);
        });
    }
}
