package dev.calandra.configs;

/** AdamW with global-norm clipping, and the aux-loss-free balancing of experts (Ling 2.0 report, 2.2 and 3.2.1). */
public record OptimizerConfig(
        @Key(description = "Peak learning rate; the schedule scales it.")
        double learningRate,

        @Key(description = "AdamW: decay rate of the mean of gradients.", defaultValue = "0.9")
        double beta1,

        @Key(description = "AdamW: decay rate of the mean of squared gradients.", defaultValue = "0.95")
        double beta2,

        @Key(description = "AdamW: added to the denominator, so that it is never 0.", defaultValue = "1e-8")
        double epsilon,

        @Key(description = "AdamW: decoupled weight decay.", defaultValue = "0.1")
        double weightDecay,

        @Key(description = "Gradients are scaled down to this global norm when they exceed it.", defaultValue = "1.0")
        double maxGradNorm,

        @Key(
                description = "Step by which each expert's routing bias moves towards balance; 0 = off.",
                defaultValue = "1e-3")
        double expertBiasUpdateRate,

        @Key(description = "The learning rate over the run.")
        ScheduleConfig schedule) {

    /** @throws ConfigException naming every key that is out of range */
    public OptimizerConfig {
        Checks check = new Checks();
        check.positive("learning_rate", learningRate);
        check.decayRate("beta1", beta1);
        check.decayRate("beta2", beta2);
        check.positive("epsilon", epsilon);
        check.notNegative("weight_decay", weightDecay);
        check.positive("max_grad_norm", maxGradNorm);
        check.notNegative("expert_bias_update_rate", expertBiasUpdateRate);
        check.present("schedule", schedule);
        check.throwIfAny();
    }
}
