package dev.calandra.trainer.optimizer;

import dev.calandra.configs.OptimizerConfig;
import dev.calandra.configs.ScheduleConfig;

/**
 * The learning rate of each step of a run, in double.
 *
 * <p>With W warm-up steps, N steps in all and step s counted from 0, warm-up is linear: {@code peak · (s + 1) / W}, so
 * that step W - 1 stands at the peak (Ling 2.0, arXiv 2510.22115, 3.2.1). After it:
 *
 * <ul>
 *   <li>constant and WSM: the peak. WSM (arXiv 2507.17634) averages checkpoints afterwards instead of decaying.
 *   <li>cosine: {@code r + (1 - r)(1 + cos(π·p)) / 2} of the peak, p = (s + 1 - W) / (N - W): ratio r at the last step.
 *   <li>WSD: the peak, then linearly down to ratio r over the last D steps, reached at the last step. Linear, because the
 *       plain mean of checkpoints, with which WSM replaces it, weighs gradients as a linear decay does.
 * </ul>
 *
 * @param peak highest learning rate
 * @param schedule its shape
 * @param steps of the whole run
 */
public record LearningRate(double peak, ScheduleConfig schedule, int steps) {

    /** The schedule of a run of so many steps. */
    public static LearningRate of(OptimizerConfig optimizer, int steps) {
        return new LearningRate(optimizer.learningRate(), optimizer.schedule(), steps);
    }

    /**
     * @param step counted from 0
     * @throws IndexOutOfBoundsException if the run has no such step
     */
    public double at(long step) {
        if (step < 0 || step >= steps) {
            throw new IndexOutOfBoundsException("step " + step + " of a run of " + steps);
        }
        int warmup = schedule.warmupSteps();
        if (step < warmup) {
            return peak * (step + 1) / warmup;
        }
        double ratio = schedule.finalRatio();
        return switch (schedule.type()) {
            case CONSTANT, WSM -> peak;
            case COSINE -> {
                double progress = (step + 1.0 - warmup) / (steps - warmup);
                yield peak * (ratio + (1 - ratio) * (1 + Math.cos(Math.PI * progress)) / 2);
            }
            case WSD -> {
                long decayed = step + 1 - (steps - schedule.decaySteps());
                yield decayed <= 0 ? peak : peak * (1 - (1 - ratio) * decayed / schedule.decaySteps());
            }
        };
    }
}
