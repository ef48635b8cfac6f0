package dev.calandra.data;

import java.nio.file.Path;

/** The tokenizer that the project ships, for tests. */
public final class TestTokenizer {
    private TestTokenizer() {}

    /** Surefire runs in the module's folder. */
    public static Path file() {
        return Path.of("..", "examples", "tokenizer", "calandra-4k.json");
    }

    public static Tokenizer open() {
        return Tokenizer.open(file());
    }
}
