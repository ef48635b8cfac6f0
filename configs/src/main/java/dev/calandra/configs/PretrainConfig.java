package dev.calandra.configs;

import java.util.Locale;

/**
 * Everything that decides a pretraining run. Rules inside one block are held by that block's record; the rules here are
 * those between blocks.
 */
public record PretrainConfig(
        @Key(description = "The network: sizes, attention, experts. Key names are Hugging Face's own.")
        ModelConfig model,

        @Key(description = "The number formats of the matrix products.")
        PrecisionConfig precision,

        @Key(description = "AdamW, the learning-rate schedule and the expert-bias update.")
        OptimizerConfig optimizer,

        @Key(description = "Tokenizer, sources and how they are mixed.")
        DataConfig data,

        @Key(description = "Length of the run, where it is kept, and what happens along the way.")
        RunConfig run,

        @Key(description = "How the run is spread over ranks.")
        ParallelConfig parallel,

        @Key(description = "How tokens are kept evenly spread over the experts.")
        BalanceConfig balance,

        @Key(
                description =
                        "Where learning_rate: auto and batch_size: auto come from: a law file of `calandra fit`, or a published law such as ling.",
                defaultValue = "ling")
        String laws) {

    /** @throws ConfigException if the blocks do not fit together; every misfit is reported */
    public PretrainConfig {
        Checks check = new Checks();
        check.present("model", model);
        check.present("precision", precision);
        check.present("optimizer", optimizer);
        check.present("data", data);
        check.present("run", run);
        check.notBlank("laws", laws);
        check.present("parallel", parallel);
        check.present("balance", balance);
        check.rule(
                () -> parallel.dispatch() != ParallelConfig.Dispatch.FP8 || precision.recipe() == Recipe.FP8_BLOCKWISE,
                () ->
                        "fp8 needs the recipe whose products read these codes (precision.recipe is %s); use f32, or fp8_blockwise"
                                .formatted(precision.recipe().name().toLowerCase(Locale.ROOT)),
                "parallel.dispatch",
                "precision.recipe");
        check.rule(
                () -> parallel.gatherWeights() != ParallelConfig.Gather.FP8
                        || precision.recipe() == Recipe.FP8_BLOCKWISE,
                () ->
                        "fp8 needs the recipe whose products read these codes (precision.recipe is %s); use f32, or fp8_blockwise"
                                .formatted(precision.recipe().name().toLowerCase(Locale.ROOT)),
                "parallel.gather_weights",
                "precision.recipe");
        check.rule(
                () -> run.batchSize() % parallel.reproducibleRanks() == 0,
                () -> "does not divide run.batch_size (%d parts of %d sequences); use a divisor, or 1"
                        .formatted(parallel.reproducibleRanks(), run.batchSize()),
                "parallel.reproducible_ranks",
                "run.batch_size");
        check.rule(
                () -> run.microBatchSize() == 0
                        || run.batchSize() / parallel.reproducibleRanks() % run.microBatchSize() == 0,
                () ->
                        "does not divide a part of the batch (%d into %d sequences, batch_size %d in %d parts of parallel.reproducible_ranks); use a divisor, or 0"
                                .formatted(
                                        run.microBatchSize(),
                                        run.batchSize() / parallel.reproducibleRanks(),
                                        run.batchSize(),
                                        parallel.reproducibleRanks()),
                "run.micro_batch_size",
                "run.batch_size",
                "parallel.reproducible_ranks");
        check.rule(
                () -> data.sequenceLength() <= model.maxPositionEmbeddings(),
                () -> "longer than model.max_position_embeddings (%d > %d); shorten it or raise that key"
                        .formatted(data.sequenceLength(), model.maxPositionEmbeddings()),
                "data.sequence_length",
                "model.max_position_embeddings");
        check.rule(
                () -> (long) run.batchSize() * data.sequenceLength() <= Integer.MAX_VALUE,
                () -> "too large (%d sequences of %d tokens); a step may hold at most %d tokens"
                        .formatted(run.batchSize(), data.sequenceLength(), Integer.MAX_VALUE),
                "run.batch_size",
                "data.sequence_length");
        check.rule(
                () -> optimizer.schedule().type() != ScheduleType.WSD
                        || (long) optimizer.schedule().warmupSteps()
                                        + optimizer.schedule().decaySteps()
                                <= run.steps(),
                () -> "does not fit into the run (%d warm-up + %d decay > %d steps); shorten one or raise run.steps"
                        .formatted(
                                optimizer.schedule().warmupSteps(),
                                optimizer.schedule().decaySteps(),
                                run.steps()),
                "optimizer.schedule.decay_steps",
                "optimizer.schedule.warmup_steps",
                "optimizer.schedule.type",
                "run.steps");
        check.throwIfAny();
    }

    /** Tokens that one optimizer step learns from: {@code batch_size × sequence_length}. */
    public int tokensPerStep() {
        return run.batchSize() * data.sequenceLength();
    }

    /** Sequences per forward and backward pass of one of so many ranks, with 0 resolved to all there may be. */
    public int sequencesPerPass(int ranks) {
        return Math.min(run.sequencesPerPass(), run.batchSize() / Math.max(ranks, parallel.reproducibleRanks()));
    }

    /** Tokens of the whole run: {@code steps × batch_size × sequence_length}. */
    public long totalTokens() {
        return Math.multiplyExact((long) run.steps(), tokensPerStep());
    }
}
