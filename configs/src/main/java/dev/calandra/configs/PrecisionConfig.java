package dev.calandra.configs;

/** The number formats of the matrix products. */
public record PrecisionConfig(
        @Key(
                description = "Formats of the matrix products: fp8_blockwise, bf16 or fp32.",
                defaultValue = "fp8_blockwise")
        Recipe recipe,

        @Key(
                description = "Steps between samples of FP8 health (underflow, saturation, distortion); 0 = never.",
                defaultValue = "0")
        int healthEvery) {

    /** @throws ConfigException naming every key that is out of range */
    public PrecisionConfig {
        Checks check = new Checks();
        check.present("recipe", recipe);
        check.atLeast("health_every", healthEvery, 0);
        check.throwIfAny();
    }
}
