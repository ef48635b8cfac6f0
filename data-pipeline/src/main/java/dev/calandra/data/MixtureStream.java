package dev.calandra.data;

import dev.calandra.configs.DataConfig;
import dev.calandra.configs.DataException;
import dev.calandra.configs.SourceConfig;
import dev.calandra.data.MixtureSegment.Start;
import dev.calandra.data.shards.Fingerprint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The samples of a run: sources mixed by the config's schedule, each served in its own permuted order. The order consists of segments, one
 * for each mixture that the run has had; a sample belongs to the last segment that begins at it or before it.
 *
 * <p>Safe for use by many threads, but {@link #close} must come after the last sample.
 */
public final class MixtureStream implements SampleStream, AutoCloseable {
    /** Samples in which shares are met exactly: small enough to follow a ramp in a short run. */
    static final int BLOCK_SIZE = 256;

    /** How far ahead of the sample that is read a remote source's shards are fetched. */
    private static final int FETCH_AHEAD = 2048;

    private final DataConfig data;
    private final OpenSources sources;
    private final long seed;
    private final RunPosition start;
    private final MixtureHistory history;
    private final List<SegmentOrder> segments;
    private final List<SegmentOrder> segmentsAhead;
    private final boolean remote;

    /**
     * Where a sample comes from.
     *
     * @param source name of the source
     * @param epoch how often the source has been served in full before
     * @param window which of the source's windows it is, 0 to their number − 1
     */
    public record Origin(String source, long epoch, long window) {}

    private MixtureStream(DataConfig data, OpenSources sources, long seed, RunPosition start, MixtureHistory history) {
        this.data = data;
        this.sources = sources;
        this.seed = seed;
        this.start = start;
        this.history = history;
        this.segments = orders(history, seed);
        this.segmentsAhead = orders(history, seed);
        this.remote = sources.all().stream().anyMatch(source -> source.shards().isRemote());
    }

    /**
     * Opens the train split of every source with a weight above 0, for a run that begins.
     *
     * @param tokenizer the config's; every source must have been tokenized with it
     * @param totalSamples samples of the whole run (steps × batch size): the mixture's progress is sample / totalSamples
     * @param lookahead L of {@link PackedSequence}
     * @param seed of the run
     * @throws DataException when a source is missing, too small, or was tokenized with another tokenizer, or the sources of a kind may not be
     *     served as often as the run wants them
     */
    public static MixtureStream open(
            DataConfig data, Tokenizer tokenizer, long totalSamples, int lookahead, long seed) {
        if (totalSamples < 1 || lookahead < 1) {
            throw new IllegalArgumentException(
                    "a run needs samples (%d) and a lookahead (%d) of at least 1".formatted(totalSamples, lookahead));
        }
        OpenSources sources = new OpenSources(data, tokenizer, lookahead, seed);
        try {
            MixturePlanner planner = new MixturePlanner(data, sources);
            RunPosition start = RunPosition.start(totalSamples);
            MixtureSegment segment = planner.segment(start, planner.fingerprint(totalSamples), 0, Map.of());
            return new MixtureStream(data, sources, seed, start, MixtureHistory.EMPTY.append(segment));
        } catch (RuntimeException e) {
            sources.close();
            throw e;
        }
    }

    /**
     * This stream for a run that goes on: what was served under earlier mixtures stays as it was. Where the mixture is not the one that the
     * run had last, a new segment begins, and each source goes on with its next window; where sequences have another length or packing,
     * with its next epoch, since its windows are others.
     *
     * @param past what a checkpoint kept, empty for a run that begins
     * @return a stream over the same open sources, which are closed with this one
     */
    public MixtureStream resumed(MixtureHistory past, RunPosition position) {
        if (past.segments().isEmpty()) {
            return this;
        }
        MixtureSegment last = past.segments().getLast();
        MixturePlanner planner = new MixturePlanner(data, sources);
        String plan = planner.fingerprint(start.samplesLeft());
        if (last.plan().equals(plan)) {
            return new MixtureStream(data, sources, seed, start, past);
        }
        MixtureStream before = new MixtureStream(data, sources, seed, start, past);
        long tokens = last.tokensBefore(position.nextSample());
        MixtureSegment segment = planner.segment(position, plan, tokens, before.starts(position.nextSample()));
        return new MixtureStream(data, sources, seed, start, past.append(segment));
    }

    private List<SegmentOrder> orders(MixtureHistory history, long seed) {
        return history.segments().stream()
                .map(segment -> new SegmentOrder(segment, seed))
                .toList();
    }

    @Override
    public PackedSequence sample(long index) {
        if (remote) {
            fetchAhead(index + FETCH_AHEAD);
        }
        SegmentOrder.Place place = segment(segments, index).place(index);
        return source(index, place.source()).windows().window(place.ordinal());
    }

    private void fetchAhead(long index) {
        SegmentOrder.Place place = segment(segmentsAhead, index).place(index);
        sources.named(place.source()).ifPresent(source -> source.windows().fetchAhead(place.ordinal()));
    }

    @Override
    public String source(long index) {
        return segment(segments, index).place(index).source();
    }

    /** Where a sample comes from, without reading it. */
    public Origin origin(long index) {
        SegmentOrder.Place place = segment(segments, index).place(index);
        SourceWindows windows = source(index, place.source()).windows();
        return new Origin(place.source(), windows.epoch(place.ordinal()), windows.index(place.ordinal()));
    }

    /** The source of a sample, if the stream can still give it. */
    private OpenSources.Source source(long index, String name) {
        MixtureSegment segment = segment(segments, index).segment();
        if (segment.sequenceLength() != data.sequenceLength() || segment.packing() != data.packing()) {
            throw new DataException("sample %d was served with data.sequence_length %d and data.packing %s"
                    .formatted(index, segment.sequenceLength(), segment.packing()));
        }
        return sources.named(name)
                .orElseThrow(() -> new DataException(
                        "sample %d is of the source '%s', which data.sources no longer names; name it, with a weight above 0"
                                .formatted(index, name)));
    }

    /** The first sample from which on all can be given: sources may have been removed since, or the sequence length changed. */
    public long firstAvailable() {
        long first = segments.getLast().segment().firstSample();
        for (SegmentOrder order : segments.reversed()) {
            MixtureSegment segment = order.segment();
            boolean available = segment.sequenceLength() == data.sequenceLength()
                    && segment.packing() == data.packing()
                    && segment.shares().keySet().stream()
                            .allMatch(name -> sources.named(name).isPresent());
            if (!available) {
                return first;
            }
            first = segment.firstSample();
        }
        return first;
    }

    /** Samples that each source has given among the first {@code samples} of the run, by name; those no longer in the config come last. */
    public Map<String, Long> served(long samples) {
        Map<String, Long> served = new LinkedHashMap<>();
        sources.all().forEach(source -> served.put(source.config().name(), 0L));
        SegmentOrder order = segment(segments, samples);
        order.segment().starts().forEach((name, start) -> served.put(name, start.served()));
        order.servedBefore(samples).forEach((name, count) -> served.merge(name, count, Long::sum));
        return served;
    }

    /** Samples that the schedules plan for each source among the first {@code samples} of the run, by name. */
    public Map<String, Double> planned(long samples) {
        Map<String, Double> planned = new LinkedHashMap<>();
        sources.all().forEach(source -> planned.put(source.config().name(), 0.0));
        MixtureSegment segment = segment(segments, samples).segment();
        segment.starts().forEach((name, start) -> planned.put(name, (double) start.served()));
        segment.shares().forEach((name, share) -> planned.merge(name, share.integral(samples), Double::sum));
        return planned;
    }

    /** Sample numbers at which a new mixture began, 0 first. */
    public List<Long> edits() {
        return history.segments().stream().map(MixtureSegment::firstSample).toList();
    }

    /** What each way of packing does to each source, by name; reads the lengths of all documents. */
    public Map<String, PackingReport> packing() {
        Map<String, PackingReport> reports = new LinkedHashMap<>();
        sources.all()
                .forEach(source ->
                        reports.put(source.config().name(), PackingReport.of(source.shards(), data.sequenceLength())));
        return reports;
    }

    /** The share of each source that the schedule plans at a sample, by name. */
    public Map<String, Double> plannedShares(long sample) {
        Map<String, Double> shares = new LinkedHashMap<>();
        segment(segments, sample).segment().shares().forEach((name, share) -> shares.put(name, share.value(sample)));
        return shares;
    }

    /** The share of a kind that the schedule plans at a sample. */
    public double plannedShare(SourceConfig.Kind kind, long sample) {
        double share = 0;
        for (Map.Entry<String, Double> planned : plannedShares(sample).entrySet()) {
            boolean counts = sources.named(planned.getKey())
                    .map(source -> source.config().kind() == kind)
                    .orElse(false);
            share += counts ? planned.getValue() : 0;
        }
        return share;
    }

    /** Samples in an epoch of each source of the config, by name. */
    public Map<String, Long> windowsPerEpoch() {
        Map<String, Long> windows = new LinkedHashMap<>();
        sources.all()
                .forEach(source ->
                        windows.put(source.config().name(), source.windows().windows()));
        return windows;
    }

    /** Tokens of each source of the config, by name. */
    public Map<String, Long> tokens() {
        Map<String, Long> tokens = new LinkedHashMap<>();
        sources.all()
                .forEach(source ->
                        tokens.put(source.config().name(), source.shards().tokens()));
        return tokens;
    }

    /** Fingerprint of each source's shards, by name in the order of the config: tells a change of data from one of the mixture. */
    public Map<String, String> sourceFingerprints() {
        Map<String, String> fingerprints = new LinkedHashMap<>();
        sources.all()
                .forEach(source ->
                        fingerprints.put(source.config().name(), source.shards().fingerprint()));
        return fingerprints;
    }

    /** The mixtures up to now, for a checkpoint. */
    public MixtureHistory history() {
        return history;
    }

    @Override
    public String fingerprint() {
        Fingerprint all =
                new Fingerprint().add("mixture-stream 2").add(BLOCK_SIZE).add(seed);
        all.add(history.toList());
        sourceFingerprints().forEach((name, fingerprint) -> all.add(name).add(fingerprint));
        return all.hex();
    }

    @Override
    public void close() {
        sources.close();
    }

    /** Where every source that was ever used stands before a sample, for windows of this stream's length and packing. */
    private Map<String, Start> starts(long sample) {
        SegmentOrder order = segment(segments, sample);
        MixtureSegment segment = order.segment();
        boolean sameWindows = segment.sequenceLength() == data.sequenceLength() && segment.packing() == data.packing();
        Map<String, Start> starts = new LinkedHashMap<>(segment.starts());
        order.servedBefore(sample).forEach((name, count) -> {
            Start start = segment.start(name);
            starts.put(name, new Start(start.served() + count, start.ordinal() + count));
        });
        if (!sameWindows) {
            starts.replaceAll((name, start) -> sources.named(name)
                    .map(source -> nextEpoch(source, segment, start))
                    .orElse(start));
        }
        return starts;
    }

    private static Start nextEpoch(OpenSources.Source source, MixtureSegment segment, Start start) {
        long windows = Math.max(1, SourceWindows.count(source.shards(), segment.packing(), segment.sequenceLength()));
        long epochs = Math.ceilDiv(start.ordinal(), windows);
        return new Start(start.served(), epochs * source.windows().windows());
    }

    private static SegmentOrder segment(List<SegmentOrder> segments, long sample) {
        int last = segments.size() - 1;
        while (last > 0 && segments.get(last).segment().firstSample() > sample) {
            last--;
        }
        return segments.get(last);
    }
}
