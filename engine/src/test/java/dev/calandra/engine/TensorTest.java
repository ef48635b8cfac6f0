package dev.calandra.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TensorTest {

    private final TensorMemory memory = new TensorMemory(true);

    @AfterEach
    void nothingLeaked() {
        memory.close();
    }

    @Test
    void useAfterCloseIsRefused() {
        Tensor tensor = memory.allocate(DType.F32, 2, 3);
        tensor.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> tensor.getFloat(0))
                .withMessage("tensor F32[2, 3] was closed before this use");
    }

    @Test
    void closingTwiceGivesTheBlockBackOnce() {
        Tensor tensor = memory.allocate(DType.F32, 4);
        tensor.close();
        tensor.close();
        try (Tensor a = memory.allocate(DType.F32, 4);
                Tensor b = memory.allocate(DType.F32, 4)) {
            assertThat(a.address()).isNotEqualTo(b.address());
        }
    }

    @Test
    void aShareKeepsTheBlockAlive() {
        Tensor tensor = memory.allocate(DType.F32, 2);
        tensor.copyFrom(new float[] {1, 2});
        Tensor share = tensor.share();
        assertThat(tensor.exclusive()).isFalse();
        tensor.close();
        assertThat(share.toFloats()).containsExactly(1, 2);
        assertThat(share.exclusive()).isTrue();
        share.close();
    }

    @Test
    void viewsBorrow() {
        Tensor tensor = memory.allocate(DType.I32, 3, 2);
        tensor.copyFrom(new int[] {0, 1, 2, 3, 4, 5});
        Tensor slice = tensor.slice(1, 3);
        Tensor flat = tensor.reshape(6);
        assertThat(slice.shape()).containsExactly(2, 2);
        assertThat(slice.toInts()).containsExactly(2, 3, 4, 5);
        slice.setInt(0, 9);
        assertThat(flat.getInt(2)).isEqualTo(9);
        assertThat(flat.exclusive()).isFalse();
        flat.close();
        assertThat(tensor.getInt(0)).isZero();
        tensor.close();
        assertThatIllegalStateException().isThrownBy(slice::segment);
        assertThatIllegalStateException().isThrownBy(() -> flat.getInt(0));
    }

    @Test
    void aStaleViewDoesNotReachTheNextOwner() {
        Tensor tensor = memory.allocate(DType.F32, 16);
        Tensor view = tensor.reshape(4, 4);
        tensor.close();
        try (Tensor next = memory.allocate(DType.F32, 16)) {
            assertThat(next.size()).isEqualTo(16);
            assertThatIllegalStateException().isThrownBy(() -> view.setFloat(0, 1f));
        }
    }

    @Test
    void rowsAndColumnsSeeAMatrix() {
        try (Tensor cube = memory.allocate(DType.F32, 2, 3, 5);
                Tensor scalar = memory.allocate(DType.F64);
                Tensor empty = memory.allocate(DType.F32, 4, 0)) {
            assertThat(cube.rows()).isEqualTo(6);
            assertThat(cube.columns()).isEqualTo(5);
            assertThat(cube.dim(-2)).isEqualTo(3);
            assertThat(scalar.rows()).isEqualTo(1);
            assertThat(scalar.columns()).isEqualTo(1);
            assertThat(empty.rows()).isEqualTo(4);
            assertThat(empty.size()).isZero();
        }
    }

    @Test
    void mistakesAreNamed() {
        try (Tensor tensor = memory.allocate(DType.F32, 2, 3)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tensor.reshape(7))
                    .withMessage("cannot reshape [2, 3] to [7]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tensor.copyFrom(new float[5]))
                    .withMessage("5 values for F32[2, 3]");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> tensor.require(DType.I32, 2, 3))
                    .withMessage("expected I32[2, 3], got F32[2, 3]");
            assertThatThrownBy(() -> tensor.slice(1, 3)).hasMessage("slice 1..3 of [2, 3]");
        }
    }
}
