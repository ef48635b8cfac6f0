package dev.calandra.configs;

/** When a run of a sweep is given up: it is compared with finished runs of equal model and tokens, at equal progress. */
public record EarlyStopConfig(
        @Key(description = "Share of a run's tokens before which it is never given up.", defaultValue = "0.4")
        double after,

        @Key(description = "How far its loss must lie above the best one's at the same progress, as a share of that.")
        double margin) {

    /** @throws ConfigException naming every key that is out of range */
    public EarlyStopConfig {
        Checks check = new Checks();
        check.share("after", after);
        check.positive("margin", margin);
        check.throwIfAny();
    }
}
