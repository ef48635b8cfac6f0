package dev.calandra.configs;

/** One point of the schedule of a source's weight. */
public record WeightPoint(
        @Key(description = "Position of this point, in the unit of data.mixture_positions; the first is 0.")
        double at,

        @Key(description = "What the source's weight is multiplied with at this point.")
        double factor) {

    /** @throws ConfigException naming every key that is out of range */
    public WeightPoint {
        Checks check = new Checks();
        check.notNegative("at", at);
        check.notNegative("factor", factor);
        check.throwIfAny();
    }
}
