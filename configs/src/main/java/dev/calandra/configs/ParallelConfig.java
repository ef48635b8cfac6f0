package dev.calandra.configs;

/** How a run is spread over ranks. How many there are is said when it is started. */
public record ParallelConfig(
        @Key(
                description =
                        "Ranks that share one copy of the routed experts; must divide the ranks and model.num_experts. All ranks share the batch.",
                defaultValue = "1")
        int expert,

        @Key(
                description =
                        "How rows travel to the experts: f32, or fp8 as E4M3 codes with 1x128 scales (recipe fp8_blockwise only). The numbers follow this key, not the ranks.",
                defaultValue = "f32")
        Dispatch dispatch,

        @Key(
                description =
                        "How the experts' answers travel back: f32, or bf16 as half the bytes; they are added in F32. The numbers follow this key, not the ranks.",
                defaultValue = "f32")
        Combine combine,

        @Key(
                description =
                        "How weights travel from the rank that moves them to the others: f32, or fp8 as the codes and 128x128 scales that products read (recipe fp8_blockwise only). The numbers are the same.",
                defaultValue = "f32")
        Gather gatherWeights,

        @Key(
                description =
                        "Numbers of ranks up to this one give the same run, bit for bit, in any layout: 4 means 1, 2 and 4. The batch is summed in so many parts, each with passes of its own; 1 = one part for each rank, and every number of ranks rounds in its own way.",
                defaultValue = "1")
        int reproducibleRanks,

        @Key(description = "Seconds without a sign of life after which a rank counts as lost.", defaultValue = "30")
        int patienceSeconds) {

    /** How activations and their gradients travel. */
    public enum Dispatch {
        F32,
        FP8
    }

    /** How the experts' answers, and the gradients of their rows, travel back. */
    public enum Combine {
        F32,
        BF16
    }

    /** How moved weights are handed out. */
    public enum Gather {
        F32,
        FP8
    }

    /** @throws ConfigException naming every key that is out of range */
    public ParallelConfig {
        Checks check = new Checks();
        check.atLeast("expert", expert, 1);
        check.present("dispatch", dispatch);
        check.present("combine", combine);
        check.present("gather_weights", gatherWeights);
        check.atLeast("reproducible_ranks", reproducibleRanks, 1);
        check.atLeast("patience_seconds", patienceSeconds, 5);
        check.throwIfAny();
    }
}
