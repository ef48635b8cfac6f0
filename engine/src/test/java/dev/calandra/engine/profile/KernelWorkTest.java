package dev.calandra.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.fp8.Fp8Format;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Expected figures are worked out by hand, term by term as the comments say. Contents do not matter, so none are set. */
class KernelWorkTest {

    private final TensorMemory memory = new TensorMemory();
    private final List<Tensor> owned = new ArrayList<>();

    @AfterEach
    void free() {
        owned.forEach(Tensor::close);
        memory.close();
    }

    private Tensor f32(int... shape) {
        return own(memory.allocate(DType.F32, shape));
    }

    private Tensor i32(int... shape) {
        return own(memory.allocate(DType.I32, shape));
    }

    private Tensor own(Tensor tensor) {
        owned.add(tensor);
        return tensor;
    }

    private Fp8Tensor own(Fp8Tensor tensor) {
        own(tensor.codes());
        own(tensor.scales());
        return tensor;
    }

    @Test
    void aProductOfCodesReadsCodesAndScales() {
        Fp8Tensor x = own(Fp8Tensor.rowTiles(memory, Fp8Format.E4M3, 4, 256));
        Fp8Tensor w = own(Fp8Tensor.blocks(memory, Fp8Format.E4M3, 16, 256, 8));

        Work work = KernelWork.linear(x, w, new Groups(i32(3)), f32(4, 8));

        // 4·8·256 multiply-adds; x: 4·256 codes, 4·2 scales; w: 16·256 codes, 2·1·2 scales; 3 offsets; y: 4·8.
        assertThat(work)
                .isEqualTo(new Work(
                        "e4m3[4x256] e4m3[16x256]", Work.Operands.FP8, 16_384, (1024 + 32) + (4096 + 16) + 12 + 128));
    }

    @Test
    void aSumThatIsAddedToIsReadAsWell() {
        Tensor dy = f32(4, 8);
        Tensor w = f32(2, 8, 256);
        Groups groups = new Groups(i32(3));
        Tensor dx = f32(4, 256);

        assertThat(KernelWork.linearInputGrad(dy, w, groups, dx, false))
                .isEqualTo(new Work("f32[4x8] f32[2x8x256]", 16_384, 128 + 16_384 + 12 + 4096));
        assertThat(KernelWork.linearInputGrad(dy, w, groups, dx, true))
                .isEqualTo(new Work("f32[4x8] f32[2x8x256] +=", 16_384, 128 + 16_384 + 12 + 2 * 4096));
    }

    @Test
    void aRowThatIsGatheredTwiceIsReadOnce() {
        GatheredRows x = new GatheredRows(f32(2, 256), i32(4), f32(4));

        Work work = KernelWork.linearWeightGrad(f32(4, 8), x, new Groups(i32(3)), f32(2, 8, 256));

        // dy; both rows, 4 indices and 4 scales; offsets; dw read and written.
        assertThat(work)
                .isEqualTo(new Work("f32[4x8] 4@f32[2x256] +=", 16_384, 128 + (2048 + 16 + 16) + 12 + 2 * 16_384));
    }

    @Test
    void aProductHasTheRateOfFp8OnlyWhereBothOperandsAreCodes() {
        GatheredRows x = new GatheredRows(own(Fp8Tensor.rowTiles(memory, Fp8Format.E4M3, 2, 256)), i32(4));
        Fp8Tensor w = own(Fp8Tensor.blocks(memory, Fp8Format.E4M3, 16, 256, 8));
        Groups groups = new Groups(i32(3));

        assertThat(KernelWork.linear(x, w, groups, f32(4, 8)).operands()).isEqualTo(Work.Operands.FP8);
        assertThat(KernelWork.linear(f32(4, 256), w, groups, f32(4, 8)).operands())
                .isEqualTo(Work.Operands.F32);
    }

    @Test
    void rowsThatAreNotGatheredAreNotRead() {
        GatheredRows x = new GatheredRows(f32(8, 256), i32(2));
        Fp8Tensor out = own(Fp8Tensor.rowTiles(memory, Fp8Format.E4M3, 2, 256));

        // 2 of 8 rows and their indices; 2·256 codes and 2·2 scales.
        assertThat(KernelWork.quantiseRows(x, out)).isEqualTo(new Work("2@f32[8x256]", 0, (2048 + 8) + (512 + 16)));
    }

    @Test
    void attentionCountsTheCausalHalf() {
        AttentionShape shape = AttentionShape.training(1, 3, 2, 1, 4);
        Tensor start = i32(1, 3);
        Tensor out = f32(3, 8);
        Tensor logSumExp = f32(1, 2, 3);

        // 6 pairs in each of 2 heads, 4 multiply-adds a pair: 96 operations a product, of which there are 2 and 5.
        // q and out: 3·2·4 each; k and v: 3·4 each; 3 starts; 2·3 sums.
        assertThat(KernelWork.attention(shape, start, out, logSumExp))
                .isEqualTo(new Work("b1 h2/1 q3 k3 c4", 192, 96 + 96 + 12 + 96 + 24));
        assertThat(KernelWork.attentionBackward(shape, start, out, logSumExp))
                .isEqualTo(new Work("b1 h2/1 q3 k3 c4", 480, (2 * 96 + 96 + 12 + 96 + 24) + (96 + 96)));
    }

    @Test
    void aQuerySeesAllKeysCachedBefore() {
        AttentionShape shape = new AttentionShape(1, 3, 5, 8, 2, 1, 4);

        // Queries see 3, 4 and 5 keys: 12 pairs in 2 heads, 4 multiply-adds a pair, 2 products.
        assertThat(KernelWork.attention(shape, i32(1, 3), f32(3, 8), f32(1, 2, 3))
                        .flops())
                .isEqualTo(2 * (2 * 12 * 2 * 4));
    }

    @Test
    void gradientsOfTheHeadAreTwoMoreProducts() {
        Tensor h = f32(4, 8);
        Tensor w = f32(16, 8);
        Tensor target = i32(4);
        Tensor loss = f32(4);

        assertThat(KernelWork.linearCrossEntropy(h, w, target, null, null, loss))
                .isEqualTo(new Work("f32[4x8] f32[16x8] loss only", 1024, 128 + 512 + 16 + 16));
        assertThat(KernelWork.linearCrossEntropy(h, w, target, f32(4, 8), f32(16, 8), loss))
                .isEqualTo(new Work("f32[4x8] f32[16x8]", 3 * 1024, 128 + 512 + 16 + 16 + 128 + 2 * 512));
    }

    @Test
    void theProjectionIsSplitWithTheRotationsOfItsPositions() {
        Tensor qkv = f32(3, 16);
        Tensor norm = f32(4);
        Tensor cos = f32(100, 2);
        Tensor position = i32(3);

        // qkv read and written; two norms, 3 positions; 3 of 100 rows of cosines and of sines.
        assertThat(KernelWork.qkNormRope(qkv, norm, norm, cos, cos, position))
                .isEqualTo(new Work("f32[3x16]", 0, 2 * 192 + 16 + 16 + 12 + 24 + 24));
        // Gradients of heads and the projection read, its gradient written; gradients of both norms added to.
        assertThat(KernelWork.qkNormRopeBackward(qkv, norm, norm, cos, cos, position, norm, norm))
                .isEqualTo(new Work("f32[3x16]", 0, 3 * 192 + 16 + 16 + 12 + 24 + 24 + 2 * 16 + 2 * 16));
    }

    @Test
    void normsReadTheirWeightOnce() {
        Tensor x = f32(4, 8);
        Tensor w = f32(8);
        Tensor rstd = f32(4);

        assertThat(KernelWork.rmsNorm(x, w, f32(4, 8), rstd)).isEqualTo(new Work("f32[4x8]", 0, 128 + 32 + 128 + 16));
        // dy, x, w, rstd; dx and dw read and written.
        assertThat(KernelWork.rmsNormBackward(f32(4, 8), x, w, rstd, f32(4, 8), true, f32(8)))
                .isEqualTo(new Work("f32[4x8] +=", 0, 128 + 128 + 32 + 16 + 2 * 128 + 2 * 32));
    }

    @Test
    void theEmbeddingReadsTheRowsOfItsTokens() {
        assertThat(KernelWork.embedding(f32(100, 4), i32(3), f32(3, 4)))
                .isEqualTo(new Work("f32[100x4]", 0, 48 + 12 + 48));
        assertThat(KernelWork.embedding(f32(2, 4), i32(3), f32(3, 4)).bytes()).isEqualTo(32 + 12 + 48);
        assertThat(KernelWork.embeddingBackward(f32(3, 4), i32(3), f32(100, 4)))
                .isEqualTo(new Work("f32[100x4] +=", 0, 48 + 12 + 2 * 48));
    }

    @Test
    void operandsThatAreLeftOutCostNothing() {
        Tensor gateUp = f32(2, 8);

        // da 2·4, gateUp and its gradient 2·8 each.
        assertThat(KernelWork.swiGluBackward(f32(2, 4), gateUp, null, f32(2, 8), null)
                        .bytes())
                .isEqualTo(32 + 64 + 64);
        assertThat(KernelWork.swiGluBackward(f32(2, 4), gateUp, f32(2), f32(2, 8), f32(2))
                        .bytes())
                .isEqualTo(32 + 64 + 64 + 8 + 8);
        // y 6·4, slots 3·2, out 3·4.
        assertThat(KernelWork.combine(f32(6, 4), null, i32(3, 2), f32(3, 4), false)
                        .bytes())
                .isEqualTo(96 + 24 + 48);
    }

    @Test
    void theOptimizerReadsFourTensorsAndWritesThree() {
        assertThat(KernelWork.adamW(f32(10), f32(10), f32(10), f32(10))).isEqualTo(new Work("f32[10]", 0, 7 * 40));
    }
}
