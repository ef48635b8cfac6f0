package dev.calandra.data.mixture;

import java.util.ArrayList;
import java.util.List;

/** Schedules of sources with constant weights and no limits. */
final class Schedules {
    private Schedules() {}

    static MixtureSchedule of(boolean[] secondKindD, double[] weightD, double[] atP, double[] shareP) {
        List<SchedulePlan.Source> sources = new ArrayList<>();
        for (int d = 0; d < weightD.length; d++) {
            sources.add(new SchedulePlan.Source(secondKindD[d], Curve.constant(weightD[d]), Double.POSITIVE_INFINITY));
        }
        return new SchedulePlan(new Curve(atP, shareP, false), sources, 0, 1e12).schedule();
    }
}
