package dev.calandra.data;

import dev.calandra.configs.DataConfig;
import dev.calandra.configs.DataException;
import dev.calandra.configs.MixtureInterpolation;
import dev.calandra.configs.MixturePoint;
import dev.calandra.configs.MixturePositions;
import dev.calandra.configs.SourceConfig;
import dev.calandra.configs.SourceConfig.Kind;
import dev.calandra.configs.WeightPoint;
import dev.calandra.data.MixtureSegment.Start;
import dev.calandra.data.mixture.Curve;
import dev.calandra.data.mixture.MixtureSchedule;
import dev.calandra.data.mixture.PiecewiseShare;
import dev.calandra.data.mixture.SchedulePlan;
import dev.calandra.data.mixture.SourcesExhaustedException;
import dev.calandra.data.shards.Fingerprint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns the mixture of a config into a segment of a run: positions into sample numbers, limits of epochs into numbers of windows. */
final class MixturePlanner {
    private final DataConfig data;
    private final OpenSources sources;

    MixturePlanner(DataConfig data, OpenSources sources) {
        this.data = data;
        this.sources = sources;
    }

    /**
     * Fingerprint of all settings that a segment depends on: as long as it stays, so does the segment. A mixture that does not change on its
     * way does not depend on the length of the run, so such a run may be made longer.
     *
     * @param samplesPerRun samples of the whole run by its config
     */
    String fingerprint(double samplesPerRun) {
        boolean moves = data.mixture().size() > 1 && data.mixturePositions() == MixturePositions.PROGRESS;
        Fingerprint all = new Fingerprint()
                .add("mixture 2")
                .add(data.sequenceLength())
                .add(data.packing())
                .add(data.mixturePositions())
                .add(data.mixtureInterpolation())
                .add(data.mixture().size());
        data.mixture().forEach(point -> all.add(point.at()).add(point.reasoning()));
        for (OpenSources.Source source : sources.all()) {
            SourceConfig config = source.config();
            all.add(config.name())
                    .add(config.kind())
                    .add(config.weight())
                    .add(config.maxEpochs())
                    .add(config.maxEpochs() > 0 ? source.windows().windows() : 0)
                    .add(config.schedule().size());
            config.schedule().forEach(point -> all.add(point.at()).add(point.factor()));
            moves |= config.maxEpochs() > 0
                    || config.schedule().size() > 1 && data.mixturePositions() == MixturePositions.PROGRESS;
        }
        return all.add(moves ? samplesPerRun : 0).hex();
    }

    /**
     * The segment of this config from a position on.
     *
     * @param plan its fingerprint
     * @param firstToken tokens of all samples before it
     * @param starts where sources stand then
     * @throws DataException when the sources of a kind may not be served as often as the run wants them
     */
    MixtureSegment segment(RunPosition position, String plan, long firstToken, Map<String, Start> starts) {
        double origin = position.origin();
        double scale = position.samplesPerRun();
        if (data.mixturePositions() == MixturePositions.TOKENS) {
            scale = 1.0 / data.sequenceLength();
            origin = position.nextSample() - firstToken * scale;
        }
        List<SchedulePlan.Source> planned = new ArrayList<>();
        for (OpenSources.Source source : sources.all()) {
            planned.add(planned(source, starts, origin, scale));
        }
        MixtureSchedule schedule = schedule(planned, position, origin, scale);
        Map<String, PiecewiseShare> shares = new LinkedHashMap<>();
        for (int d = 0; d < planned.size(); d++) {
            shares.put(sources.all().get(d).config().name(), schedule.shares().get(d));
        }
        return new MixtureSegment(
                position.nextSample(), firstToken, plan, data.sequenceLength(), data.packing(), shares, starts);
    }

    private MixtureSchedule schedule(
            List<SchedulePlan.Source> planned, RunPosition position, double origin, double scale) {
        Curve reasoning = data.mixture().isEmpty()
                ? Curve.constant(0)
                : curve(
                        data.mixture().stream().map(MixturePoint::at).toList(),
                        data.mixture().stream().map(MixturePoint::reasoning).toList(),
                        origin,
                        scale);
        try {
            return new SchedulePlan(reasoning, planned, position.nextSample(), position.end()).schedule();
        } catch (SourcesExhaustedException e) {
            String kind = e.secondKind() ? "reasoning " : data.mixture().isEmpty() ? "" : "general ";
            throw new DataException(
                    "data.sources: all %ssources have been served max_epochs times at %.1f %% of the run; raise max_epochs, add text, or shorten the run"
                            .formatted(kind, 100 * (e.sample() - position.origin()) / position.samplesPerRun()),
                    e);
        } catch (IllegalArgumentException e) {
            throw new DataException("data.mixture: " + e.getMessage() + "; change the schedules of the sources", e);
        }
    }

    private SchedulePlan.Source planned(
            OpenSources.Source source, Map<String, Start> starts, double origin, double scale) {
        SourceConfig config = source.config();
        long done = starts.getOrDefault(config.name(), Start.NONE).ordinal();
        double capacity = config.maxEpochs() == 0
                ? Double.POSITIVE_INFINITY
                : Math.max(0, Math.floor(config.maxEpochs() * source.windows().windows()) - done);
        Curve weight = config.schedule().isEmpty()
                ? Curve.constant(config.weight())
                : curve(
                        config.schedule().stream().map(WeightPoint::at).toList(),
                        config.schedule().stream()
                                .map(point -> point.factor() * config.weight())
                                .toList(),
                        origin,
                        scale);
        // Without a mixture the weights alone decide: all sources are of one kind.
        boolean secondKind = !data.mixture().isEmpty() && config.kind() == Kind.REASONING;
        return new SchedulePlan.Source(secondKind, weight, capacity);
    }

    private Curve curve(List<Double> at, List<Double> value, double origin, double scale) {
        return new Curve(
                at.stream().mapToDouble(a -> origin + a * scale).toArray(),
                value.stream().mapToDouble(Double::doubleValue).toArray(),
                data.mixtureInterpolation() == MixtureInterpolation.STEPPED);
    }
}
