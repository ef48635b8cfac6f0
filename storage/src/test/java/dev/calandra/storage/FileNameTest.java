package dev.calandra.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNameTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "rank-0000-of-0001.safetensors", ".tmp-step-000000001", "A_b.C-9", "..."})
    void ordinaryNamesPass(String name) {
        assertThat(new FileName(name)).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "a/b",
                "/etc/passwd",
                "..\\x",
                "C:x",
                "hdfs:x",
                "a\u0000b",
                "a b",
                "é",
                "a\n",
                ".snapshot",
                ".reserved"
            })
    void namesThatCouldReachElsewhereAreRefused(String name) {
        assertThatThrownBy(() -> new FileName(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a file name")
                .hasMessageNotContaining("\u0000")
                .hasMessageNotContaining("\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 129})
    void lengthIsBounded(int length) {
        String name = "x".repeat(length);
        if (length <= 128) {
            assertThat(new FileName(name).value()).isEqualTo(name);
        } else {
            assertThatThrownBy(() -> new FileName(name)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
