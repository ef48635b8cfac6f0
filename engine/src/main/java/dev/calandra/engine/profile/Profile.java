package dev.calandra.engine.profile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The calls of some steps.
 *
 * @param steps in the order of time, at least one
 * @param calls in the order of time, each within a step
 */
public record Profile(List<Step> steps, List<KernelCall> calls) {

    private static final double NANO = 1e-9;

    public Profile {
        steps = List.copyOf(steps);
        calls = List.copyOf(calls);
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("a profile needs at least one step");
        }
    }

    /**
     * When a step ran.
     *
     * @param startNanos on the clock of {@link System#nanoTime}
     */
    public record Step(long startNanos, long nanos) {}

    /**
     * All calls of one kernel on operands of one shape, per step.
     *
     * @param share of the time of a step, between 0 and 1
     * @param flops per step
     * @param bytes per step
     * @param rooflineShare the least time of the calls over the time that they took; above 1 where operands were still in a
     *     cache and so moved faster than main memory does
     */
    public record Line(
            String kernel,
            String shapes,
            double calls,
            double seconds,
            double share,
            double flops,
            double bytes,
            double rooflineShare) {

        public double flopsPerSecond() {
            return flops / seconds;
        }

        public double bytesPerSecond() {
            return bytes / seconds;
        }
    }

    /** Mean time of a step, in seconds. */
    public double stepSeconds() {
        return steps.stream().mapToLong(Step::nanos).sum() * NANO / steps.size();
    }

    /** Mean time of a step outside of every kernel, in seconds: the graph, batches, what the host reads. */
    public double secondsOutsideKernels() {
        return stepSeconds() - calls.stream().mapToLong(KernelCall::nanos).sum() * NANO / steps.size();
    }

    /** The least time of a step's products, in seconds: all of them at the machine's rates, and nothing else. */
    public double productSeconds(Roofline roofline) {
        return calls.stream()
                        .mapToDouble(call -> roofline.productSeconds(call.work()))
                        .sum()
                / steps.size();
    }

    /** One line for each kernel and shape, the longest time first. */
    public List<Line> lines(Roofline roofline) {
        Map<Key, List<KernelCall>> grouped = new LinkedHashMap<>();
        for (KernelCall call : calls) {
            grouped.computeIfAbsent(new Key(call.kernel(), call.work().shapes()), key -> new ArrayList<>())
                    .add(call);
        }
        return grouped.entrySet().stream()
                .map(entry -> line(entry.getKey(), entry.getValue(), roofline))
                .sorted(Comparator.comparingDouble(Line::seconds).reversed())
                .toList();
    }

    private record Key(String kernel, String shapes) {}

    private Line line(Key key, List<KernelCall> group, Roofline roofline) {
        double count = steps.size();
        double total = Math.max(1, group.stream().mapToLong(KernelCall::nanos).sum()) * NANO;
        double least = group.stream()
                .mapToDouble(call -> roofline.seconds(call.work()))
                .sum();
        double seconds = total / count;
        return new Line(
                key.kernel(),
                key.shapes(),
                group.size() / count,
                seconds,
                seconds / stepSeconds(),
                group.stream().mapToLong(call -> call.work().flops()).sum() / count,
                group.stream().mapToLong(call -> call.work().bytes()).sum() / count,
                least / total);
    }
}
