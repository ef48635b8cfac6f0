package dev.calandra.trainer.bench;

import dev.calandra.engine.collective.Collective;
import dev.calandra.engine.collective.CollectiveCall;
import dev.calandra.engine.collective.Purpose;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One kind of collective as a rank saw it, per step.
 *
 * @param background whether it ran on a thread of its own, beside the computation
 * @param calls how often
 * @param bytes sent to other ranks
 * @param seconds that the calls took, waiting for other ranks included
 * @param hidden of those seconds, the share during which the rank did not wait for the background: 0 in the foreground
 */
public record CollectiveFigures(
        Purpose purpose,
        Collective collective,
        boolean background,
        double calls,
        double bytes,
        double seconds,
        double hidden) {

    private static final double NANO = 1e-9;

    private record Kind(Purpose purpose, Collective collective, boolean background) {}

    /**
     * Sums calls up.
     *
     * @param computing thread that computes, see {@link Thread#threadId}
     * @param steps in which the calls were made
     * @return the longest time first
     */
    static List<CollectiveFigures> of(List<CollectiveCall> calls, long computing, int steps) {
        Map<Kind, List<CollectiveCall>> kinds = new LinkedHashMap<>();
        List<CollectiveCall> waits = new ArrayList<>();
        for (CollectiveCall call : calls) {
            boolean background = call.thread() != computing;
            kinds.computeIfAbsent(new Kind(call.purpose(), call.collective(), background), kind -> new ArrayList<>())
                    .add(call);
            if (call.collective() == Collective.AWAIT) {
                waits.add(call);
            }
        }
        return kinds.entrySet().stream()
                .map(entry -> sum(entry.getKey(), entry.getValue(), waits, steps))
                .sorted(Comparator.comparingDouble(CollectiveFigures::seconds).reversed())
                .toList();
    }

    private static CollectiveFigures sum(Kind kind, List<CollectiveCall> calls, List<CollectiveCall> waits, int steps) {
        long bytes = 0;
        long nanos = 0;
        long seen = 0;
        for (CollectiveCall call : calls) {
            bytes += call.bytes();
            nanos += call.nanos();
            for (CollectiveCall wait : waits) {
                seen += Math.max(
                        0, Math.min(call.endNanos(), wait.endNanos()) - Math.max(call.startNanos(), wait.startNanos()));
            }
        }
        return new CollectiveFigures(
                kind.purpose,
                kind.collective,
                kind.background,
                (double) calls.size() / steps,
                (double) bytes / steps,
                nanos * NANO / steps,
                kind.background && nanos > 0 ? 1 - (double) seen / nanos : 0);
    }
}
