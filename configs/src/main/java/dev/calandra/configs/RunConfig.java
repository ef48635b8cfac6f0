package dev.calandra.configs;

/** Length of the run, where it is kept, and what happens along the way. */
public record RunConfig(
        @Key(
                description =
                        "Folder of checkpoints, metrics and the effective config; local (relative to the working directory) or hdfs://.")
        String directory,

        @Key(description = "Optimizer steps of the whole run, or its tokens, such as 20e12 tokens.")
        int steps,

        @Key(description = "Sequences per optimizer step.") int batchSize,

        @Key(description = "Seed of initial weights and data order.", defaultValue = "0")
        long seed,

        @Key(
                description = "Worker threads; 0 = all cores. Bit-exact repetition needs the same number.",
                defaultValue = "0")
        int threads,

        @Key(description = "Steps between checkpoints; 0 = only at the end.", defaultValue = "0")
        int saveEvery,

        @Key(
                description =
                        "async: copy weights and moments, and write the copy while training goes on (12 bytes per parameter more memory); sync: train on when it is written.",
                defaultValue = "async")
        SaveMode save,

        @Key(description = "Saves that fail in a row before training ends.", defaultValue = "3")
        int saveFailures,

        @Key(description = "Newest checkpoints to keep; never fewer than two.", defaultValue = "3")
        int keepLast,

        @Key(
                description = "Beside those keep every checkpoint whose step is a multiple of this; 0 = none.",
                defaultValue = "0")
        int keepEvery,

        @Key(
                description =
                        "Beside those keep so many of the lowest mean bits per byte when they were evaluated; 0 = none.",
                defaultValue = "0")
        int keepBest,

        @Key(description = "Steps between evaluations on held-out documents; 0 = only at the end.", defaultValue = "0")
        int evaluateEvery,

        @Key(description = "Held-out sequences per source and evaluation.", defaultValue = "32")
        int evaluateSequences,

        @Key(
                description = "Sequences per forward and backward pass; must divide batch_size; 0 = the whole batch.",
                defaultValue = "0")
        int microBatchSize,

        @Key(
                description =
                        "Keep only the input of each decoder layer and compute the layer again in the backward pass: less memory, more time, the same bits.",
                defaultValue = "false")
        boolean recomputeLayers,

        @Key(
                description = "Implementation of the tensor operations: cpu (fast) or nd4j (reference).",
                defaultValue = "cpu")
        Kernels kernels) {

    /** How training and saving share time. */
    public enum SaveMode {
        /** Training goes on while a copy is written. */
        ASYNC,
        /** Training waits until the step is durable. */
        SYNC
    }

    /** Implementations of the tensor operations. */
    public enum Kernels {
        /** OpenBLAS products and vectorised fused operations. */
        CPU,
        /** Plain ND4J operations: slow and obvious. */
        ND4J
    }

    /** @throws ConfigException naming every key that is out of range */
    public RunConfig {
        Checks check = new Checks();
        check.notBlank("directory", directory);
        check.atLeast("steps", steps, 1);
        check.atLeast("batch_size", batchSize, 1);
        check.atLeast("threads", threads, 0);
        check.atLeast("save_every", saveEvery, 0);
        check.present("save", save);
        check.atLeast("save_failures", saveFailures, 1);
        check.atLeast("keep_last", keepLast, 1);
        check.atLeast("keep_every", keepEvery, 0);
        check.atLeast("keep_best", keepBest, 0);
        check.atLeast("evaluate_every", evaluateEvery, 0);
        check.atLeast("evaluate_sequences", evaluateSequences, 1);
        check.atLeast("micro_batch_size", microBatchSize, 0);
        check.present("kernels", kernels);
        check.rule(
                () -> keepBest == 0 || evaluateEvery > 0,
                () ->
                        "nothing to compare (%d kept, but only the last step is evaluated); set run.evaluate_every, best to run.save_every"
                                .formatted(keepBest),
                "keep_best",
                "evaluate_every");
        check.rule(
                () -> microBatchSize == 0 || batchSize % microBatchSize == 0,
                () -> "does not divide run.batch_size (%d into %d); use a divisor, or 0 for the whole batch"
                        .formatted(microBatchSize, batchSize),
                "micro_batch_size",
                "batch_size");
        check.throwIfAny();
    }

    /** Sequences per forward and backward pass, with 0 resolved to the whole batch. */
    public int sequencesPerPass() {
        return microBatchSize == 0 ? batchSize : microBatchSize;
    }
}
