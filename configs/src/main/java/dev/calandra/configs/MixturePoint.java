package dev.calandra.configs;

/** One point of the mixture schedule. */
public record MixturePoint(
        @Key(description = "Position of this point, in the unit of data.mixture_positions; the first is 0.")
        double at,

        @Key(description = "Share of tokens from reasoning sources at this point, 0 to 1.")
        double reasoning) {

    /** @throws ConfigException naming every key that is out of range */
    public MixturePoint {
        Checks check = new Checks();
        check.notNegative("at", at);
        check.share("reasoning", reasoning);
        check.throwIfAny();
    }
}
