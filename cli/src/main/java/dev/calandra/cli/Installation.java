package dev.calandra.cli;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.Problem;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folder that Calandra's own files are in: presets, tokenizer.
 *
 * @param home the checkout; the launcher names it in the system property {@code calandra.home}
 */
record Installation(Path home) {

    /** The one that this process was started from; without a launcher, the working directory. */
    static Installation current() {
        return new Installation(Path.of(System.getProperty("calandra.home", "")));
    }

    /** The config of the demo. */
    Path pico() {
        return file("configs/pico.yaml");
    }

    /** The tokenizer that was made for it. */
    Path tokenizer() {
        return file("examples/tokenizer/calandra-4k.json");
    }

    private Path file(String relative) {
        Path file = home.resolve(relative);
        if (!Files.isReadable(file)) {
            throw new ConfigException(new Problem(
                    file.toString(), 0, "", "not there; start with scripts/calandra, which knows where its files are"));
        }
        return file;
    }
}
