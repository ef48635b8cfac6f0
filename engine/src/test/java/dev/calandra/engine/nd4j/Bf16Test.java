package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Bf16Test {

    @ParameterizedTest
    @CsvSource({
        // ties between neighbours 2^-7 apart go to the even one
        "1.00390625, 1.0",
        "1.01171875, 1.015625",
        "1.003907, 1.0078125",
        "-0.0, -0.0",
        "Infinity, Infinity",
        "3.4028235e38, Infinity",
        "1e-45, 0.0"
    })
    void roundsToNearestEven(float value, float expected) {
        assertThat(Float.floatToRawIntBits(Bf16.decode(Bf16.encode(value))))
                .isEqualTo(Float.floatToRawIntBits(expected));
    }

    @Test
    void notANumberStaysSo() {
        assertThat(Bf16.decode(Bf16.encode(Float.intBitsToFloat(0x7F80_0001)))).isNaN();
    }

    @Test
    void everyCodeSurvives() {
        for (int code = 0; code < 1 << 16; code++) {
            float value = Bf16.decode((short) code);
            if (!Float.isNaN(value)) {
                assertThat(Bf16.encode(value)).isEqualTo((short) code);
            }
        }
    }
}
