package dev.calandra.trainer;

import dev.calandra.trainer.metrics.StepRecord;
import dev.calandra.trainer.run.StopRequest;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What a run needs of the process it lives in.
 *
 * @param nanoTime a clock that only moves forward, in nanoseconds from any origin: {@code System::nanoTime}
 * @param out takes the lines meant for the user, one at a time
 * @param steps is told of each step as soon as it is done
 * @param stop where the outside asks to stop
 */
public record Surroundings(LongSupplier nanoTime, Consumer<String> out, Consumer<StepRecord> steps, StopRequest stop) {

    /** Surroundings that only read the lines. */
    public Surroundings(LongSupplier nanoTime, Consumer<String> out, StopRequest stop) {
        this(nanoTime, out, step -> {}, stop);
    }
}
