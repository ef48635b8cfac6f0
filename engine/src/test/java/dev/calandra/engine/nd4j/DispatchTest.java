package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class DispatchTest {

    @Test
    void rowsAreSortedByExpertThenByToken() {
        // Three tokens of two choices each; nobody chose expert 1.
        Dispatch.Plan plan = Dispatch.plan(new int[] {2, 0, 0, 3, 3, 2}, 2, 4);
        assertThat(plan.offsets()).containsExactly(0, 2, 2, 4, 6);
        assertThat(plan.choice()).containsExactly(1, 2, 0, 5, 3, 4);
        assertThat(plan.token()).containsExactly(0, 1, 0, 2, 1, 2);
        assertThat(plan.slot()).containsExactly(2, 0, 1, 4, 5, 3);
    }

    @Test
    void refusesAChoiceOfNoExpert() {
        assertThatThrownBy(() -> Dispatch.plan(new int[] {0, 4}, 2, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 choices name no expert below 4");
    }

    @Test
    void answersComeHomeWeighted() {
        INDArray y = Nd4j.createFromArray(1.0, 10.0, 100.0, 1000.0).reshape('c', 4, 1);
        int[] slot = {3, 0, 1, 2};
        assertThat(Copies.doubles(Dispatch.combine(y, new double[] {2, 3, 4, 5}, slot, 2)))
                .containsExactly(2003, 540);
        assertThat(Copies.doubles(Dispatch.combine(y, null, slot, 2))).containsExactly(1001, 110);
    }
}
