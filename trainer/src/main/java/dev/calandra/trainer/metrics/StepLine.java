package dev.calandra.trainer.metrics;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The line printed after each step. Its fields and their order are fixed for ever; {@code -} stands where a step has no
 * value. A step whose gradients were not used says so at the end.
 *
 * <pre>
 * step 120/400  loss 3.4512  mtp 3.9021  norm 0.84  lr 1.00e-03  tok/s 1873  reasoning 38%  imbalance 0.61  underflow 0.12%  skipped 0  eta 2m31s
 * </pre>
 */
public final class StepLine {

    private static final double MILLION = 1e6;

    private StepLine() {}

    /** @param remainingSeconds until the end of the run, estimated */
    public static String of(StepRecord r, double remainingSeconds) {
        String line = String.format(
                Locale.ROOT,
                "step %d/%d  loss %s  mtp %s  norm %s  lr %.2e  tok/s %.0f  reasoning %.0f%%  imbalance %s  underflow %s"
                        + "  skipped %d  eta %s",
                r.step(),
                r.steps(),
                decimal("%.4f", r.loss()),
                r.mtpLoss().isPresent() ? decimal("%.4f", r.mtpLoss().getAsDouble()) : "-",
                decimal("%.2f", r.gradientNorm()),
                r.learningRate(),
                r.tokensPerSecond(),
                100 * r.reasoningShare(),
                r.balance().isEmpty() ? "-" : decimal("%.2f", r.worstImbalance()),
                r.worstUnderflow().isPresent()
                        ? decimal("%.2f%%", 100 * r.worstUnderflow().getAsDouble())
                        : "-",
                r.skipped(),
                duration(remainingSeconds));
        return switch (r.outcome()) {
            case APPLIED -> r.reinjected() ? line + "  (batch tried again)" : line;
            case SKIPPED_NON_FINITE, SKIPPED_SPIKE -> line + "  (" + r.outcome().label() + ")";
        };
    }

    /** The line before the first step of a process: what is trained, on how much, from where. */
    public static String ofRun(PretrainConfig config, long step, String directory) {
        ModelCost cost = ModelCost.of(config.model(), config.data().sequenceLength());
        return String.format(
                Locale.ROOT,
                "%s  %.1fM parameters, %.1fM active  %d steps of %d tokens = %.1fM tokens  recipe %s  %s",
                directory,
                cost.parameters().total() / MILLION,
                cost.parameters().active() / MILLION,
                config.run().steps(),
                config.tokensPerStep(),
                config.totalTokens() / MILLION,
                config.precision().recipe().name().toLowerCase(Locale.ROOT),
                step == 0 ? "from the start" : "going on after step " + step);
    }

    /**
     * The line at the end of a process of several ranks.
     *
     * @param steps of this process
     * @param bytes that rank 0 has sent to the others
     */
    public static String ofTraffic(int ranks, long steps, long bytes) {
        return String.format(
                Locale.ROOT,
                "rank 0 of %d sent %.1f MB, %.2f MB a step",
                ranks,
                bytes / MILLION,
                bytes / MILLION / Math.max(1, steps));
    }

    /**
     * The line at the end of a process that saved while it trained.
     *
     * @param largest seconds that training stood still for one save
     * @param step seconds of a step, the median
     */
    public static String ofStall(double largest, double step) {
        return String.format(
                Locale.ROOT,
                "training stood still for a save for %.3f s at most; the median step took %.3f s",
                largest,
                step);
    }

    /** The line of an evaluation: bits per byte of each source. */
    public static String ofEvaluation(long step, Map<String, Double> bitsPerByte) {
        return "evaluation at step " + step + "  bits/byte  "
                + bitsPerByte.entrySet().stream()
                        .map(e -> e.getKey() + " " + String.format(Locale.ROOT, "%.4f", e.getValue()))
                        .collect(Collectors.joining("  "));
    }

    /** Such as {@code 42s}, {@code 2m31s} or {@code 5h07m}. */
    public static String duration(double seconds) {
        long s = Math.round(seconds);
        if (s < 60) {
            return s + "s";
        }
        return s < 3600
                ? String.format(Locale.ROOT, "%dm%02ds", s / 60, s % 60)
                : String.format(Locale.ROOT, "%dh%02dm", s / 3600, s / 60 % 60);
    }

    private static String decimal(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : Double.toString(value);
    }
}
