package dev.calandra.configs;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Any text as a config: bound, or refused with problems of one line each, in bounded memory. FuzzCorpusTest replays the corpus;
 * {@code scripts/fuzz yaml} and {@code scripts/fuzz json} look for more.
 */
class YamlFuzz {
    /** Of the largest file, 256 KiB, every byte may become a value with its place. */
    private static final long MAX_ALLOCATED = 64 << 20;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private boolean warm;

    /** @param bytes a config of a run */
    @FuzzTest
    void yaml(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        bounded(() -> {
            List<Problem> problems = new ArrayList<>();
            YamlReader.read(text, new Origin("fuzzed.yaml", 1), "", problems)
                    .filter(ValueTree.Mapping.class::isInstance)
                    .map(ValueTree.Mapping.class::cast)
                    .ifPresent(root -> new Binder(PretrainConfig.class, problems).bind(root));
            return problems;
        });
    }

    /** @param bytes a Hugging Face {@code config.json} */
    @FuzzTest
    void json(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        bounded(() -> {
            JsonReader.read(text, "fuzzed.json");
            return List.of();
        });
    }

    @FunctionalInterface
    private interface Reading {
        List<Problem> problems();
    }

    private void bounded(Reading reading) {
        long before = threads.getCurrentThreadAllocatedBytes();
        List<Problem> problems;
        try {
            problems = reading.problems();
        } catch (ConfigException e) {
            problems = e.problems();
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        // Jazzer instruments classes on the thread that first needs them, and is charged for it here.
        if (allocated > MAX_ALLOCATED && warm) {
            throw new AssertionError(allocated + " bytes were allocated");
        }
        warm = true;
        for (Problem problem : problems) {
            if (problem.toString().lines().count() != 1) {
                throw new AssertionError("not one line: " + problem);
            }
        }
    }
}
