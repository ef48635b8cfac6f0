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

        @Key(description = "Seconds without a sign of life after which a rank counts as lost.", defaultValue = "30")
        int patienceSeconds) {

    /** How activations and their gradients travel. */
    public enum Dispatch {
        F32,
        FP8
    }

    /** @throws ConfigException naming every key that is out of range */
    public ParallelConfig {
        Checks check = new Checks();
        check.atLeast("expert", expert, 1);
        check.present("dispatch", dispatch);
        check.atLeast("patience_seconds", patienceSeconds, 5);
        check.throwIfAny();
    }
}
