package dev.calandra.configs;

/** Shape of the learning rate over the run, after a linear warm-up from 0 to the peak. */
public enum ScheduleType {
    /** The peak, to the end. */
    CONSTANT,
    /** Half a cosine from the peak to {@code final_ratio} of it at the last step. */
    COSINE,
    /** Warm-up, stable, decay: the peak, then down to {@code final_ratio} of it over the last {@code decay_steps}. */
    WSD,
    /**
     * Warm-up, stable, merge: the peak, to the end; checkpoints are averaged instead of decaying (arXiv 2507.17634; Ling
     * 2.0 report, 3.2.3).
     */
    WSM
}
