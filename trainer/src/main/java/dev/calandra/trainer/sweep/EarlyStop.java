package dev.calandra.trainer.sweep;

import dev.calandra.configs.EarlyStopConfig;
import dev.calandra.configs.Setting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which runs are hopeless. A run is compared, part by part of its steps, with the finished runs of the same model and (within
 * {@value #TOKEN_TOLERANCE} of them) the same tokens: behind the share {@code after} it is given up when its mean training loss in
 * a part lies more than {@code margin} above the lowest of theirs. What is compared depends on which runs have finished, so
 * whether a hopeless run is given up, and when, may differ between two sweeps. A run that would have overtaken late is given up too.
 */
final class EarlyStop {
    private static final double TOKEN_TOLERANCE = 0.05;

    private final Optional<EarlyStopConfig> rule;
    private final Map<String, List<Finished>> groups = new HashMap<>();

    private record Finished(long tokens, LossCurve curve) {}

    EarlyStop(Optional<EarlyStopConfig> rule) {
        this.rule = rule;
    }

    /** Takes note of a run that has finished. */
    synchronized void finished(SweepRun run, LossCurve curve) {
        groups.computeIfAbsent(group(run), key -> new ArrayList<>()).add(new Finished(run.tokens(), curve));
    }

    /**
     * Why a run should be given up, if it should.
     *
     * @param step just done, from 1
     */
    synchronized Optional<String> verdict(SweepRun run, LossCurve curve, long step) {
        if (rule.isEmpty()
                || !curve.endsPart(step)
                || step == run.config().config().run().steps()) {
            return Optional.empty();
        }
        int part = curve.partOf(step);
        if ((double) part / LossCurve.PARTS < rule.get().after()) {
            return Optional.empty();
        }
        double own = curve.mean(part);
        double best = groups.getOrDefault(group(run), List.of()).stream()
                .filter(other -> Math.abs((double) other.tokens() / run.tokens() - 1) <= TOKEN_TOLERANCE)
                .mapToDouble(other -> other.curve().mean(part))
                .filter(Double::isFinite)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
        return own > best * (1 + rule.get().margin())
                ? Optional.of("loss %.4f at step %d, where the best run of equal model and tokens had %.4f"
                        .formatted(own, step, best))
                : Optional.empty();
    }

    private static String group(SweepRun run) {
        return run.config().settings().stream()
                .filter(setting -> setting.key().startsWith("model."))
                .map(Setting::value)
                .collect(Collectors.joining(" "));
    }
}
