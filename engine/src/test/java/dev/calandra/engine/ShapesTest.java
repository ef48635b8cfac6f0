package dev.calandra.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.engine.support.TensorsExtension;
import dev.calandra.engine.support.TestTensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the records of the contract refuse, and the sizes that they work out. */
@ExtendWith(TensorsExtension.class)
class ShapesTest {

    @Test
    void attention() {
        AttentionShape shape = AttentionShape.training(2, 5, 6, 2, 16);
        assertThat(shape.tokens()).isEqualTo(10);
        assertThat(shape.qkvWidth()).isEqualTo(160);
        assertThatIllegalArgumentException().isThrownBy(() -> AttentionShape.training(2, 5, 6, 4, 16));
        assertThatIllegalArgumentException().isThrownBy(() -> new AttentionShape(1, 5, 4, 8, 2, 2, 16));
        assertThatIllegalArgumentException().isThrownBy(() -> new AttentionShape(1, 5, 9, 8, 2, 2, 16));
        assertThatIllegalArgumentException().isThrownBy(() -> new AttentionShape(0, 5, 5, 5, 2, 2, 16));
    }

    @Test
    void router() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RouterShape(8, 3, 1, 2, 1f));
        assertThatIllegalArgumentException().isThrownBy(() -> new RouterShape(8, 4, 5, 2, 1f));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RouterShape(8, 4, 2, 5, 1f))
                .withMessage("cannot choose 5 experts of 2 groups of 2");
    }

    @Test
    void optimizerSteps() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AdamWStep(0.1, 0.9, 0.95, 1e-8, 0, 0, 1))
                .withMessage("steps are counted from 1, got 0");
    }

    @Test
    void fp8Layouts(TestTensors tensors) {
        TensorMemory memory = tensors.memory();
        Fp8Tensor rows = tensors.own(Fp8Tensor.rowTiles(memory, Fp8Format.E4M3, 5, 129));
        assertThat(rows.scales().shape()).containsExactly(5, 2);
        Fp8Tensor columns = tensors.own(Fp8Tensor.columnTiles(memory, Fp8Format.E4M3, 300, 7, 4));
        assertThat(columns.scales().shape()).containsExactly(6, 7);
        Fp8Tensor blocks = tensors.own(Fp8Tensor.blocks(memory, Fp8Format.E4M3, 390, 300, 130));
        assertThat(blocks.scales().shape()).containsExactly(3, 2, 3);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new Fp8Tensor(rows.codes(), rows.scales(), Fp8Format.E4M3, Fp8Tensor.Layout.BLOCKS, 2))
                .withMessage("5 rows are not a stack of matrices of 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Fp8Tensor(rows.scales(), rows.scales(), Fp8Format.E4M3, Fp8Tensor.Layout.ROW_TILES, 0));
    }

    @Test
    void gatheredRows(TestTensors tensors) {
        Tensor x = tensors.normal(4, 8);
        Tensor index = tensors.ints(new int[] {3, 3, 0}, 3);
        GatheredRows gathered = new GatheredRows(x, index);
        assertThat(gathered.rows()).isEqualTo(3);
        assertThat(gathered.columns()).isEqualTo(8);
        assertThatIllegalArgumentException().isThrownBy(() -> new GatheredRows(gathered, index));
        assertThatIllegalArgumentException().isThrownBy(() -> new GatheredRows(x, index, tensors.normal(2)));
        assertThatIllegalArgumentException().isThrownBy(() -> new GatheredRows(x, tensors.normal(3)));
        Fp8Tensor columns = tensors.columnTiles(x, tensors.oneGroup(4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GatheredRows(columns, index))
                .withMessageContaining("a tile would be torn apart");
    }

    @Test
    void groups(TestTensors tensors) {
        assertThat(tensors.groups(3, 0, 2).count()).isEqualTo(3);
        assertThatIllegalArgumentException().isThrownBy(() -> new Groups(tensors.ints(new int[] {0}, 1)));
    }
}
