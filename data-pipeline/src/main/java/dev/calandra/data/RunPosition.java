package dev.calandra.data;

/**
 * Where a run stands when a process opens it.
 *
 * @param nextSample first sample that has not been served
 * @param progress share of the run's steps that are done, 0 to 1
 * @param samplesLeft samples that the steps not yet done will take
 */
public record RunPosition(long nextSample, double progress, long samplesLeft) {

    /** @throws IllegalArgumentException when a number is negative or the progress is not a share */
    public RunPosition {
        if (nextSample < 0 || samplesLeft < 0 || !(progress >= 0 && progress <= 1)) {
            throw new IllegalArgumentException("sample %d at %s of the run, %d samples before its end"
                    .formatted(nextSample, progress, samplesLeft));
        }
    }

    /** Before the first step of a run of so many samples. */
    public static RunPosition start(long totalSamples) {
        return new RunPosition(0, 0, totalSamples);
    }

    /** The last sample of the run. */
    long end() {
        return nextSample + samplesLeft;
    }

    /** Sample number at which the run would have begun, had its batches always been those of the steps to come. */
    double origin() {
        return nextSample - progress * samplesPerRun();
    }

    /** Samples of a whole run of such batches. */
    double samplesPerRun() {
        return progress < 1 ? samplesLeft / (1 - progress) : 1;
    }
}
