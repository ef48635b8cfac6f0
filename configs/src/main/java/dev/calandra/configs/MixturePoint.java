package dev.calandra.configs;

/** One point of the mixture schedule; between two points the share is interpolated linearly. */
public record MixturePoint(
        @Key(description = "Progress of the run at this point, 0 (start) to 1 (end).")
        double at,

        @Key(description = "Share of tokens from reasoning sources at this point, 0 to 1.")
        double reasoning) {

    /** @throws ConfigException naming every key that is out of range */
    public MixturePoint {
        Checks check = new Checks();
        check.share("at", at);
        check.share("reasoning", reasoning);
        check.throwIfAny();
    }
}
