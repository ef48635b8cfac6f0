package dev.calandra.engine.agreement;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.engine.support.TensorsExtension;
import dev.calandra.engine.support.TestTensors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The fast kernels work on raw addresses, so a tensor of a wrong shape has to be refused: it would be read or written
 * past its end. Each call here is right but for one argument.
 */
@ExtendWith(TensorsExtension.class)
class CpuKernelsRefusalTest {

    private static final float EPS = 1e-6f;

    private final Kernels kernels = new CpuKernels(1);
    private TestTensors t;

    @BeforeEach
    void use(TestTensors tensors) {
        t = tensors;
    }

    @AfterEach
    void close() {
        kernels.close();
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfAny(IllegalArgumentException.class, IndexOutOfBoundsException.class);
    }

    @Test
    void products() {
        Groups groups = t.groups(3, 1);
        refused(() -> kernels.linear(f(4, 8), f(2, 6, 8), groups, f(3, 6)));
        refused(() -> kernels.linear(f(4, 8), f(2, 6, 7), groups, f(4, 6)));
        refused(() -> kernels.linear(f(4, 8), f(1, 6, 8), groups, f(4, 6)));
        refused(() -> kernels.linear(f(4, 8), f(2, 6, 8), groups, t.normalBf16(4, 6)));
        refused(() -> kernels.linear(f(3, 8), f(2, 6, 8), groups, f(3, 6)));
        refused(() -> kernels.linearInputGrad(f(4, 6), f(2, 6, 8), groups, f(4, 7), false));
        refused(() -> kernels.linearInputGrad(f(4, 6), f(2, 6, 8), groups, f(3, 8), true));
        refused(() -> kernels.linearWeightGrad(f(4, 6), f(3, 8), groups, f(2, 6, 8)));
        refused(() -> kernels.linearWeightGrad(f(4, 6), f(4, 8), groups, f(2, 5, 8)));
    }

    @Test
    void precision() {
        Groups groups = t.groups(3, 1);
        refused(() -> kernels.quantiseRows(f(4, 8), rowTiles(3, 8)));
        refused(() -> kernels.quantiseRows(f(4, 8), t.columnTilesOutput(Fp8Format.E4M3, 4, 8, groups)));
        refused(() -> kernels.quantiseRows(new GatheredRows(f(4, 8), i(0, 0, 0)), rowTiles(4, 8)));
        refused(() -> kernels.quantiseColumns(f(4, 8), groups, t.columnTilesOutput(Fp8Format.E4M3, 4, 7, groups)));
        refused(() -> kernels.quantiseColumns(f(3, 8), groups, t.columnTilesOutput(Fp8Format.E4M3, 3, 8, groups)));
        refused(() -> kernels.quantiseBlocks(f(4, 8), t.blocks(f(2, 8), 2)));
        refused(() -> kernels.blockMaxima(f(2, 8), 3, t.blocks(f(4, 8), 2), f(2, 1, 1)));
        refused(() -> kernels.blockMaxima(f(2, 8), 1, t.blocks(f(4, 8), 2), f(2)));
        refused(() -> kernels.encodeBlocks(f(2, 8), -1, f(2, 1, 1), t.blocks(f(4, 8), 2)));
        refused(() -> kernels.encodeBlocks(f(2, 7), 1, f(2, 1, 1), t.blocks(f(4, 8), 2)));
        refused(() -> kernels.encodeBlocks(f(2, 8), 1, f(2, 1, 1), t.rowTiles(f(4, 8))));
        refused(() -> kernels.dequantise(t.rowTiles(f(4, 8)), null, f(4, 7)));
        refused(() -> kernels.cast(f(8), t.normalBf16(7)));
        refused(() -> kernels.quantisationHealth(f(4, 7), t.rowTiles(f(4, 8)), null, doubles(6)));
        refused(() -> kernels.quantisationHealth(f(4, 8), t.rowTiles(f(4, 8)), null, doubles(5)));
    }

    @Test
    void norms() {
        refused(() -> kernels.rmsNorm(f(4, 8), f(7), EPS, f(4, 8), f(4)));
        refused(() -> kernels.rmsNorm(f(4, 8), f(8), EPS, f(4, 7), f(4)));
        refused(() -> kernels.rmsNorm(f(4, 8), f(8), EPS, f(4, 8), f(3)));
        refused(() -> kernels.rmsNormBackward(f(3, 8), f(4, 8), f(8), f(4), f(4, 8), false, f(8)));
        refused(() -> kernels.rmsNormBackward(f(4, 8), f(4, 8), f(8), f(4), f(3, 8), false, f(8)));
        refused(() -> kernels.rmsNormBackward(f(4, 8), f(4, 8), f(8), f(4), f(4, 8), false, f(7)));
    }

    @Test
    void heads() {
        AttentionShape s = AttentionShape.training(1, 3, 2, 1, 4);
        Tensor q = f(1, 2, 3, 4);
        Tensor k = f(1, 1, 3, 4);
        Tensor cos = f(5, 2);
        Tensor at = i(0, 1, 2);
        refused(() -> kernels.qkNormRope(f(3, 15), f(4), f(4), EPS, cos, cos, at, s, q, k, k));
        refused(() -> kernels.qkNormRope(f(3, 16), f(4), f(4), EPS, cos, f(4, 2), at, s, q, k, k));
        refused(() -> kernels.qkNormRope(f(3, 16), f(4), f(4), EPS, f(5, 3), f(5, 3), at, s, q, k, k));
        refused(() -> kernels.qkNormRope(f(3, 16), f(4), f(4), EPS, cos, cos, i(0, 1), s, q, k, k));
        refused(() -> kernels.qkNormRope(f(3, 16), f(4), f(4), EPS, cos, cos, i(0, 1, 5), s, q, k, k));
        refused(() -> kernels.qkNormRope(f(3, 16), f(4), f(4), EPS, cos, cos, i(0, -1, 2), s, q, k, k));
        refused(() -> kernels.qkNormRope(f(3, 16), f(4), f(4), EPS, cos, cos, at, s, f(1, 2, 2, 4), k, k));
        refused(() ->
                kernels.qkNormRopeBackward(q, k, k, f(3, 16), f(4), f(4), EPS, cos, cos, at, s, f(2, 16), f(4), f(4)));
    }

    @Test
    void attention() {
        AttentionShape s = AttentionShape.training(1, 3, 2, 1, 4);
        Tensor q = f(1, 2, 3, 4);
        Tensor k = f(1, 1, 3, 4);
        Tensor lse = f(1, 2, 3);
        Tensor start = t.ints(new int[3], 1, 3);
        refused(() -> kernels.attention(q, k, f(1, 1, 2, 4), start, s, f(3, 8), lse));
        refused(() -> kernels.attention(q, k, k, start, s, f(2, 8), lse));
        refused(() -> kernels.attention(q, k, k, start, s, f(3, 8), f(1, 2, 2)));
        refused(() -> kernels.attention(q, k, k, t.ints(new int[2], 1, 2), s, f(3, 8), lse));
        refused(() -> kernels.attention(q, k, k, t.ints(new int[] {0, -1, 0}, 1, 3), s, f(3, 8), lse));
        refused(() -> kernels.attention(q, k, k, t.ints(new int[] {0, 2, 0}, 1, 3), s, f(3, 8), lse));
        refused(() -> kernels.attentionBackward(f(3, 8), q, k, k, start, s, f(3, 8), lse, q, k, f(1, 1, 2, 4)));
    }

    @Test
    void experts() {
        RouterShape shape = new RouterShape(4, 2, 1, 2, 1f);
        refused(() -> kernels.swiGlu(f(3, 8), f(3, 3)));
        refused(() -> kernels.swiGlu(f(3, 8), f(2, 4)));
        refused(() -> kernels.swiGluBackward(f(3, 4), f(3, 8), null, f(3, 7), null));
        refused(() -> kernels.swiGluBackward(f(3, 4), f(3, 8), f(2), f(3, 8), null));
        refused(() -> kernels.swiGluBackward(f(3, 4), f(3, 8), null, f(3, 8), f(2)));
        refused(() -> kernels.route(f(3, 4), f(3), shape, ints(3, 2), f(3, 2)));
        refused(() -> kernels.route(f(3, 4), f(4), shape, ints(3, 1), f(3, 2)));
        refused(() -> kernels.routeBackward(f(3, 2), f(3, 4), ints(3, 2), shape, f(3, 3)));
        refused(() -> kernels.sequenceBalance(f(6, 4), ints(6, 2), 1f, f(6, 3), f(2)));
        refused(() -> kernels.sequenceBalance(f(6, 4), ints(5, 2), 1f, f(6, 4), f(2)));
        refused(() -> kernels.sequenceBalance(f(6, 4), ints(6, 2), 1f, f(6, 4), f(4)));
        refused(() -> kernels.sequenceBalance(f(1, 4), t.ints(new int[] {0, 4}, 1, 2), 1f, f(1, 4), f(1)));
        refused(() -> kernels.routerZ(f(3, 4), 1f, f(2, 4), f(3)));
        refused(() -> kernels.routerZ(f(3, 4), 1f, f(3, 4), f(2)));
        DispatchPlan plan = t.plan(3, 2, 4);
        refused(() -> kernels.dispatch(t.ints(new int[] {0, 4, 0, 1, 0, 1}, 3, 2), plan));
        refused(() -> kernels.dispatch(t.ints(new int[] {0, 1, 0, 1}, 2, 2), plan));
        refused(() -> kernels.gather(f(3), i(0, 1, 2), f(2)));
        refused(() -> kernels.scatter(f(3), i(0, 1, 2), f(2)));
        refused(() -> kernels.combine(f(6, 8), null, ints(3, 2), f(2, 8), false));
        refused(() -> kernels.combine(f(6, 8), null, ints(3, 2), f(3, 7), false));
        refused(() -> kernels.combine(f(6, 8), null, t.ints(new int[] {0, 1, 2, 3, 4, 6}, 3, 2), f(3, 8), false));
        refused(() -> kernels.combine(f(6, 8), f(2, 2), ints(3, 2), f(3, 8), false));
    }

    @Test
    void ends() {
        refused(() -> kernels.embedding(f(5, 8), i(0, 5), f(2, 8)));
        refused(() -> kernels.embedding(f(5, 8), i(0, -1), f(2, 8)));
        refused(() -> kernels.embedding(f(5, 8), i(0, 1), f(1, 8)));
        refused(() -> kernels.embeddingBackward(f(1, 8), i(0, 1), f(5, 8)));
        refused(() -> kernels.linearCrossEntropy(f(2, 8), f(5, 7), i(0, 1), 1f, null, null, f(2)));
        refused(() -> kernels.linearCrossEntropy(f(2, 8), f(5, 8), i(0, 5), 1f, null, null, f(2)));
        refused(() -> kernels.linearCrossEntropy(f(2, 8), f(5, 8), i(0), 1f, null, null, f(2)));
        refused(() -> kernels.linearCrossEntropy(f(2, 8), f(5, 8), i(0, 1), 1f, null, null, f(1)));
        refused(() -> kernels.linearCrossEntropy(f(2, 8), f(5, 8), i(0, 1), 1f, f(1, 8), f(5, 8), f(2)));
        refused(() -> kernels.linearCrossEntropy(f(2, 8), f(5, 8), i(0, 1), 1f, f(2, 8), f(4, 8), f(2)));
    }

    @Test
    void elementwise() {
        refused(() -> kernels.add(f(3), f(2), f(3)));
        refused(() -> kernels.add(f(3), f(3), f(2)));
        refused(() -> kernels.add(f(3), t.normalBf16(3), f(3)));
        refused(() -> kernels.scale(t.normalBf16(3), 2f));
        refused(() -> kernels.fill(t.normalBf16(3), 2f));
        refused(() -> kernels.sum(f(3), f(1)));
        AdamWStep step = new AdamWStep(0.1, 0.9, 0.95, 1e-8, 0, 1, 1);
        refused(() -> kernels.adamW(f(3), f(2), f(3), f(3), step));
        refused(() -> kernels.adamW(f(3), f(3), f(2), f(3), step));
        refused(() -> kernels.adamW(f(3), f(3), f(3), f(2), step));
    }

    private Tensor f(int... shape) {
        return t.normal(shape);
    }

    private Tensor i(int... values) {
        return t.ints(values, values.length);
    }

    private Tensor ints(int... shape) {
        return t.ints(new int[Math.toIntExact(Tensor.size(shape))], shape);
    }

    private Tensor doubles(int size) {
        return t.own(t.memory().allocate(DType.F64, size));
    }

    private Fp8Tensor rowTiles(int rows, int columns) {
        return t.own(Fp8Tensor.rowTiles(t.memory(), Fp8Format.E4M3, rows, columns));
    }
}
