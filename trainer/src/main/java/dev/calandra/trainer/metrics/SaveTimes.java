package dev.calandra.trainer.metrics;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a step tells about saving: how long the save before it kept training from going on, and how a save ended that has ended since.
 *
 * @param stallSeconds that training stood still for the save after the step before; empty when there was none
 * @param savedStep a step that has become durable since; empty when there is none
 * @param bytes of its files
 * @param writeSeconds that writing it took
 * @param failures saves that have failed since
 */
public record SaveTimes(
        OptionalDouble stallSeconds, OptionalLong savedStep, long bytes, double writeSeconds, int failures) {

    /** Nothing was saved. */
    public static final SaveTimes NONE = new SaveTimes(OptionalDouble.empty(), OptionalLong.empty(), 0, 0, 0);
}
