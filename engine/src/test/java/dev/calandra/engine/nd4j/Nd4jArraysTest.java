package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.support.TensorsExtension;
import dev.calandra.engine.support.TestTensors;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

@ExtendWith(TensorsExtension.class)
class Nd4jArraysTest {

    @Test
    void writesAreSeenBothWays(TestTensors tensors) {
        Tensor tensor = tensors.normal(2, 3, 4);
        INDArray array = Nd4jArrays.of(tensor);
        assertThat(array.shape()).containsExactly(2, 3, 4);
        tensor.setFloat(6, 42f);
        assertThat(array.getFloat(0, 1, 2)).isEqualTo(42f);
        array.putScalar(new int[] {1, 2, 3}, -7f);
        assertThat(tensor.getFloat(23)).isEqualTo(-7f);
        float before = tensor.getFloat(5);
        array.addi(1);
        assertThat(tensor.getFloat(5)).isEqualTo(before + 1);
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyTypeIsAViewOfItsOwnKind(DType dtype, TestTensors tensors) {
        Tensor tensor = tensors.own(tensors.memory().zeros(dtype, 5));
        INDArray array = Nd4jArrays.of(tensor);
        array.addi(3);
        double[] expected = {3, 3, 3, 3, 3};
        assertThat(array.castTo(DataType.DOUBLE).data().asDouble()).isEqualTo(expected);
        assertThat(array.data().address()).isEqualTo(tensor.address());
        assertThat(tensor.segment().toArray(ValueLayout.JAVA_BYTE)).containsAnyOf(new byte[] {3, 0x40});
    }

    @Test
    void partsOfATensorAreViewsToo(TestTensors tensors) {
        Tensor tensor = tensors.normal(4, 2);
        Nd4jArrays.of(tensor.slice(1, 2)).assign(9);
        assertThat(tensor.getFloat(2)).isEqualTo(9f);
        assertThat(tensor.getFloat(3)).isEqualTo(9f);
        assertThat(tensor.getFloat(4)).isNotEqualTo(9f);
    }

    @Test
    void emptyTensorsGiveEmptyArrays(TestTensors tensors) {
        INDArray array = Nd4jArrays.of(tensors.own(tensors.memory().allocate(DType.F32, 0, 5)));
        assertThat(array.shape()).containsExactly(0, 5);
    }

    @Test
    void closedTensorsAreRefused(TestTensors tensors) {
        Tensor tensor = tensors.memory().allocate(DType.F32, 2);
        tensor.close();
        assertThatThrownBy(() -> Nd4jArrays.of(tensor))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was closed before this use");
    }
}
