package dev.calandra.configs;

/** How tokens are kept evenly spread over the routed experts, beside the rate of the bias update. */
public record BalanceConfig(
        @Key(
                description =
                        "The rate of the expert-bias update falls linearly to this share of it over the run; 1 = constant.",
                defaultValue = "1.0")
        double biasFinalRatio,

        @Key(
                description = "Steps over whose tokens together metrics.jsonl states the largest violation of balance.",
                defaultValue = "50")
        int window) {

    /** @throws ConfigException naming every key that is out of range */
    public BalanceConfig {
        Checks check = new Checks();
        double ratio = biasFinalRatio;
        check.rule(
                () -> ratio >= 0 && ratio <= 1,
                () -> "not within 0 and 1 (%s); use a share of optimizer.expert_bias_update_rate".formatted(ratio),
                "bias_final_ratio");
        check.atLeast("window", window, 1);
        check.throwIfAny();
    }
}
