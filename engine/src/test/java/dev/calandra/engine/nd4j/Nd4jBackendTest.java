package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class Nd4jBackendTest {

    @Test
    void theLibraryInUseIsNamedWithItsVersion() {
        Nd4jBackend backend = Nd4jBackend.load();

        assertThat(backend.name()).isEqualTo("CpuBackend");
        assertThat(backend.artifact()).startsWith("nd4j-native-1.0.0-M2.1");
        assertThat(backend.blas()).isNotBlank();
    }
}
