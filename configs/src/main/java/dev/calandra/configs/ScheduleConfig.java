package dev.calandra.configs;

/** The learning rate over the run, as a multiple of the peak. */
public record ScheduleConfig(
        @Key(description = "Shape of the learning rate after warm-up: constant, cosine, wsd or wsm.")
        ScheduleType type,

        @Key(description = "Steps of linear warm-up from 0 to the peak.", defaultValue = "0")
        int warmupSteps,

        @Key(description = "Steps of decay at the end of the run; wsd only.", defaultValue = "0")
        int decaySteps,

        @Key(
                description = "Learning rate at the last step as a share of the peak; cosine and wsd.",
                defaultValue = "0.1")
        double finalRatio) {

    /** @throws ConfigException naming every key that is out of range */
    public ScheduleConfig {
        Checks check = new Checks();
        check.present("type", type);
        check.atLeast("warmup_steps", warmupSteps, 0);
        check.atLeast("decay_steps", decaySteps, 0);
        check.share("final_ratio", finalRatio);
        check.rule(
                () -> type != ScheduleType.WSD || decaySteps > 0,
                () -> "missing; a wsd schedule decays over its last steps, so say how many (at least 1)",
                "decay_steps",
                "type");
        check.rule(
                () -> type == ScheduleType.WSD || decaySteps == 0,
                () -> "would be ignored (%d); only a wsd schedule decays over given steps, so remove it or use wsd"
                        .formatted(decaySteps),
                "decay_steps",
                "type");
        check.throwIfAny();
    }
}
