package dev.calandra.configs;

/** How tokens are kept evenly spread over the routed experts, beside the rate of the bias update. */
public record BalanceConfig(
        @Key(
                description =
                        "The rate of the expert-bias update falls linearly to this share of it over the run; 1 = constant.",
                defaultValue = "1.0")
        double biasFinalRatio,

        @Key(
                description =
                        "Weight of the sequence-wise balance loss (DeepSeek-V3, 2.1.2) of each MoE layer; 0 = none. DeepSeek-V3 uses 1e-4.",
                defaultValue = "0.0")
        double sequenceLossWeight,

        @Key(
                description =
                        "Weight of the router z-loss (ST-MoE, eq. 5) of each MoE layer; 0 = none. Ling's scripts use 3.5e-6.",
                defaultValue = "0.0")
        double routerZLossWeight,

        @Key(
                description = "Steps over whose tokens together metrics.jsonl states the largest violation of balance.",
                defaultValue = "50")
        int window,

        @Key(
                description =
                        "Steps between lines of metrics.jsonl that state the load of each expert, for `calandra plan --simulate`; 0 = none.",
                defaultValue = "0")
        int traceEvery) {

    /** @throws ConfigException naming every key that is out of range */
    public BalanceConfig {
        Checks check = new Checks();
        double ratio = biasFinalRatio;
        check.rule(
                () -> ratio >= 0 && ratio <= 1,
                () -> "not within 0 and 1 (%s); use a share of optimizer.expert_bias_update_rate".formatted(ratio),
                "bias_final_ratio");
        check.notNegative("sequence_loss_weight", sequenceLossWeight);
        check.notNegative("router_z_loss_weight", routerZLossWeight);
        check.atLeast("window", window, 1);
        check.atLeast("trace_every", traceEvery, 0);
        check.throwIfAny();
    }
}
