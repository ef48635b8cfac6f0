package dev.calandra.engine.profile;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The work of each method of {@link dev.calandra.engine.Kernels}, from shapes alone: every function takes the operands of
 * the method that it is named after, less those that cost nothing. An operand may be null where the method allows it.
 *
 * <p>What only the contents tell is taken at its most: every expert has rows, every attention sequence is one document,
 * every token has a target, gathered rows differ as long as there are enough of them.
 */
final class KernelWork {

    private KernelWork() {}

    // ---- matrix products ----

    static Work linear(Operand x, Operand w, Groups groups, Tensor y) {
        return product(x, w, flops(y.rows(), y.columns(), x.columns()), bytes(groups) + bytes(y), false);
    }

    static Work linearInputGrad(Operand dy, Operand w, Groups groups, Tensor dx, boolean accumulate) {
        return product(
                dy,
                w,
                flops(dx.rows(), dy.columns(), dx.columns()),
                bytes(groups) + written(dx, accumulate),
                accumulate);
    }

    static Work linearWeightGrad(Operand dy, Operand x, Groups groups, Tensor dw) {
        return product(dy, x, flops(dy.rows(), dy.columns(), x.columns()), bytes(groups) + written(dw, true), true);
    }

    private static Work product(Operand left, Operand right, long flops, long otherBytes, boolean accumulate) {
        String shapes = label(left) + " " + label(right) + (accumulate ? " +=" : "");
        Work.Operands operands = fp8(left) && fp8(right) ? Work.Operands.FP8 : Work.Operands.F32;
        return new Work(shapes, operands, flops, bytes(left) + bytes(right) + otherBytes);
    }

    private static boolean fp8(Operand operand) {
        return switch (operand) {
            case Tensor _ -> false;
            case Fp8Tensor _ -> true;
            case GatheredRows gathered -> fp8(gathered.source());
        };
    }

    private static long flops(long rows, long outputs, long inputs) {
        return 2 * rows * outputs * inputs;
    }

    // ---- precision ----

    static Work quantiseRows(Operand x, Fp8Tensor out) {
        return moved(x, bytes(x) + bytes(out));
    }

    static Work quantiseColumns(Operand x, Groups groups, Fp8Tensor out) {
        return moved(x, bytes(x) + bytes(groups) + bytes(out));
    }

    static Work quantiseBlocks(Tensor w, Fp8Tensor out) {
        return moved(w, bytes(w) + bytes(out));
    }

    static Work blockMaxima(Tensor w, Tensor maxima) {
        return moved(w, bytes(w, maxima));
    }

    static Work encodeBlocks(Tensor w, Tensor maxima, Fp8Tensor stack) {
        return moved(w, bytes(w, maxima, stack.scales()) + w.size());
    }

    static Work dequantise(Fp8Tensor x, Groups groups, Tensor out) {
        return moved(x, bytes(x) + bytes(groups) + bytes(out));
    }

    static Work cast(Tensor from, Tensor to) {
        return moved(from, bytes(from) + bytes(to));
    }

    static Work quantisationHealth(Tensor x, Fp8Tensor encoded, Groups groups, Tensor statistics) {
        return moved(encoded, bytes(x) + bytes(encoded) + bytes(groups) + bytes(statistics));
    }

    // ---- normalisation, positions, attention ----

    static Work rmsNorm(Tensor x, Tensor w, Tensor y, Tensor rstd) {
        return moved(x, bytes(x, w, y, rstd));
    }

    static Work rmsNormBackward(Tensor dy, Tensor x, Tensor w, Tensor rstd, Tensor dx, boolean accumulate, Tensor dw) {
        return moved(x, accumulate, bytes(dy, x, w, rstd) + written(dx, accumulate) + written(dw, true));
    }

    static Work qkNormRope(Tensor qkv, Tensor qNorm, Tensor kNorm, Tensor cos, Tensor sin, Tensor position) {
        return moved(qkv, 2 * bytes(qkv) + bytes(qNorm, kNorm, position) + rotation(cos, sin, position));
    }

    static Work qkNormRopeBackward(
            Tensor qkv,
            Tensor qNorm,
            Tensor kNorm,
            Tensor cos,
            Tensor sin,
            Tensor position,
            Tensor dqNorm,
            Tensor dkNorm) {
        return moved(
                qkv,
                3 * bytes(qkv)
                        + bytes(qNorm, kNorm, position)
                        + rotation(cos, sin, position)
                        + written(dqNorm, true)
                        + written(dkNorm, true));
    }

    private static long rotation(Tensor cos, Tensor sin, Tensor position) {
        return rowsRead(cos, position.size()) + rowsRead(sin, position.size());
    }

    /** Scores and their product with the values: two products over the pairs of a query and a key that it sees. */
    static Work attention(AttentionShape shape, Tensor documentStart, Tensor out, Tensor logSumExp) {
        return new Work(
                label(shape),
                2 * products(shape),
                bytes(out) + keysAndValues(shape) + bytes(documentStart, out, logSumExp));
    }

    /** Five products: scores again, gradients of probabilities, values, queries and keys. */
    static Work attentionBackward(AttentionShape shape, Tensor documentStart, Tensor out, Tensor logSumExp) {
        long read = bytes(out) + bytes(out) + keysAndValues(shape) + bytes(documentStart, out, logSumExp);
        return new Work(label(shape), 5 * products(shape), read + bytes(out) + keysAndValues(shape));
    }

    /** Operations of one product over all pairs. */
    private static long products(AttentionShape shape) {
        long queries = shape.queries();
        long pairs = queries * (shape.keys() - queries) + queries * (queries + 1) / 2;
        return 2 * shape.batch() * shape.heads() * pairs * shape.headSize();
    }

    private static long keysAndValues(AttentionShape shape) {
        return 2L * Float.BYTES * shape.batch() * shape.keyValueHeads() * shape.keys() * shape.headSize();
    }

    // ---- feed-forward and experts ----

    static Work swiGlu(Tensor gateUp, Tensor a) {
        return moved(gateUp, bytes(gateUp, a));
    }

    static Work swiGluBackward(Tensor da, Tensor gateUp, Tensor scale, Tensor dGateUp, Tensor dScale) {
        return moved(gateUp, bytes(da, gateUp, scale, dGateUp, dScale));
    }

    static Work route(Tensor logits, Tensor bias, Tensor index, Tensor weight) {
        return moved(logits, bytes(logits, bias, index, weight));
    }

    static Work routeBackward(Tensor dWeight, Tensor logits, Tensor index, Tensor dLogits) {
        return moved(logits, bytes(dWeight, logits, index, dLogits));
    }

    static Work sequenceBalance(Tensor logits, Tensor index, Tensor dLogits, Tensor loss) {
        return moved(logits, bytes(logits, index, dLogits, dLogits, loss));
    }

    static Work routerZ(Tensor logits, Tensor dLogits, Tensor loss) {
        return moved(logits, bytes(logits, dLogits, dLogits, loss));
    }

    static Work dispatch(Tensor index, DispatchPlan plan) {
        return moved(index, bytes(index, plan.slot(), plan.token(), plan.choice()) + bytes(plan.groups()));
    }

    static Work gather(Tensor values, Tensor index, Tensor out) {
        return moved(out, Math.min(bytes(values), bytes(out)) + bytes(index, out));
    }

    static Work scatter(Tensor values, Tensor index, Tensor out) {
        return moved(out, bytes(values, index, out));
    }

    static Work combine(Tensor y, Tensor weight, Tensor slot, Tensor out, boolean accumulate) {
        return moved(y, accumulate, bytes(y, weight, slot) + written(out, accumulate));
    }

    // ---- ends of the model ----

    static Work embedding(Tensor table, Tensor id, Tensor out) {
        return moved(table, rowsRead(table, id.size()) + bytes(id, out));
    }

    static Work embeddingBackward(Tensor dOut, Tensor id, Tensor dTable) {
        return moved(dTable, true, bytes(dOut, id) + 2 * rowsRead(dTable, id.size()));
    }

    /** One product for the logits; two more for the gradients of both operands, which are null without them. */
    static Work linearCrossEntropy(Tensor h, Tensor w, Tensor target, Tensor dh, Tensor dw, Tensor loss) {
        long forward = flops(h.rows(), w.rows(), h.columns());
        long read = bytes(h, w, target, loss);
        String shapes = label(h) + " " + label(w);
        return dh == null
                ? new Work(shapes + " loss only", forward, read)
                : new Work(shapes, 3 * forward, read + bytes(dh) + written(dw, true));
    }

    // ---- element-wise and reductions ----

    static Work add(Tensor a, Tensor b, Tensor out) {
        return moved(out, bytes(a, b, out));
    }

    static Work scale(Tensor x) {
        return moved(x, 2 * bytes(x));
    }

    static Work fill(Tensor x) {
        return moved(x, bytes(x));
    }

    /** Of either sum. */
    static Work sum(Tensor x, Tensor out) {
        return moved(x, bytes(x, out));
    }

    /** Reads and writes the parameter and both moments, reads the gradient. */
    static Work adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment) {
        return moved(parameter, 2 * bytes(parameter, firstMoment, secondMoment) + bytes(gradient));
    }

    // ---- shared ----

    private static Work moved(Operand main, long bytes) {
        return moved(main, false, bytes);
    }

    private static Work moved(Operand main, boolean accumulate, long bytes) {
        return new Work(label(main) + (accumulate ? " +=" : ""), 0, bytes);
    }

    private static long written(Tensor out, boolean accumulate) {
        return (accumulate ? 2 : 1) * bytes(out);
    }

    private static long bytes(Tensor... tensors) {
        return Arrays.stream(tensors).mapToLong(KernelWork::bytes).sum();
    }

    private static long bytes(Groups groups) {
        return groups == null ? 0 : bytes(groups.offsets());
    }

    private static long bytes(Operand operand) {
        return switch (operand) {
            case null -> 0;
            case Tensor tensor -> tensor.byteSize();
            case Fp8Tensor fp8 -> bytes(fp8.codes(), fp8.scales());
            case GatheredRows gathered ->
                rowsRead(gathered.source(), gathered.rows()) + bytes(gathered.index(), gathered.scale());
        };
    }

    /** Bytes of so many rows of a matrix, or of all if it has fewer. */
    private static long rowsRead(Operand matrix, long rows) {
        return rows >= matrix.rows() ? bytes(matrix) : bytes(matrix) * rows / matrix.rows();
    }

    private static String label(Operand operand) {
        return switch (operand) {
            case Tensor tensor -> name(tensor.dtype()) + shape(tensor);
            case Fp8Tensor fp8 -> name(fp8.format()) + shape(fp8.codes());
            case GatheredRows gathered -> gathered.rows() + "@" + label(gathered.source());
        };
    }

    private static String label(AttentionShape shape) {
        return "b%d h%d/%d q%d k%d c%d"
                .formatted(
                        shape.batch(),
                        shape.heads(),
                        shape.keyValueHeads(),
                        shape.queries(),
                        shape.keys(),
                        shape.headSize());
    }

    private static String name(Enum<?> type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private static String shape(Tensor tensor) {
        return Arrays.stream(tensor.shape()).mapToObj(Integer::toString).collect(Collectors.joining("x", "[", "]"));
    }
}
