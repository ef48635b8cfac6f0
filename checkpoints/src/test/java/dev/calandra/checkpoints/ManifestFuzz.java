package dev.calandra.checkpoints;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Any bytes as a manifest. FuzzCorpusTest replays the corpus; {@code scripts/fuzz manifest} looks for more. */
class ManifestFuzz {
    private final ParserTrial trial = new ParserTrial();

    /** @param bytes the manifest without its checksum, which is put behind it: a forger would */
    @FuzzTest
    void forged(byte[] bytes) {
        trial.accepts(bytes.length, () -> check(ManifestFormat.parse(ManifestFormat.sealed(bytes), "fuzzed.json")));
    }

    /** What was accepted keeps the promises of its types, and is written and read again as the same. */
    private static void check(Manifest manifest) {
        for (Shard shard : manifest.shards()) {
            String name = shard.name().value();
            if (name.contains("/") || name.contains("\\") || name.equals("..") || name.equals(".")) {
                throw new AssertionError("the manifest leaves its folder: " + name);
            }
        }
        Manifest again = ManifestFormat.parse(ManifestFormat.toBytes(manifest), "again.json");
        if (!again.equals(manifest)) {
            throw new AssertionError("written and read again, the manifest is another");
        }
    }
}
