package dev.calandra.data;

import dev.calandra.configs.DataConfig;
import dev.calandra.configs.DataException;
import dev.calandra.configs.MixturePoint;
import dev.calandra.configs.SourceConfig;
import dev.calandra.configs.SourceConfig.Kind;
import dev.calandra.data.mixture.Apportionment;
import dev.calandra.data.mixture.MixtureOrder;
import dev.calandra.data.mixture.MixtureSchedule;
import dev.calandra.data.shards.Fingerprint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The samples of a run: sources mixed by the config's schedule, each served in its own permuted order.
 *
 * <p>Safe for use by many threads, but {@link #close} must come after the last sample.
 */
public final class MixtureStream implements SampleStream, AutoCloseable {
    /** Samples in which shares are met exactly: small enough to follow a ramp in a short run. */
    static final int BLOCK_SIZE = 256;

    private final List<SourceConfig> sources;
    private final List<ShardSet> shards;
    private final List<SourceWindows> windows;
    private final MixtureSchedule schedule;
    private final MixtureOrder order;
    private final String fingerprint;

    /**
     * Where a sample comes from.
     *
     * @param source name of the source
     * @param epoch how often the source has been served in full before
     * @param position first token in the source's stream
     */
    public record Origin(String source, long epoch, long position) {}

    private MixtureStream(
            DataConfig data, List<ShardSet> shards, List<SourceWindows> windows, MixtureSchedule schedule, Key key) {
        this.sources = usedSources(data);
        this.shards = shards;
        this.windows = windows;
        this.schedule = schedule;
        this.order = new MixtureOrder(new Apportionment(schedule, BLOCK_SIZE), key.seed());
        this.fingerprint = fingerprint(data, key);
    }

    /** What the order depends on besides the config's data section. */
    private record Key(long totalSamples, int lookahead, long seed) {}

    /**
     * Opens the train split of every source with a weight above 0.
     *
     * @param tokenizer the config's; every source must have been tokenized with it
     * @param totalSamples samples of the whole run (steps × batch size): the mixture's progress is sample / totalSamples, held at 1
     * @param lookahead L of {@link PackedSequence}
     * @param seed of the run
     * @throws DataException when a source is missing, too small, or was tokenized with another tokenizer
     */
    public static MixtureStream open(
            DataConfig data, Tokenizer tokenizer, long totalSamples, int lookahead, long seed) {
        if (totalSamples < 1 || lookahead < 1) {
            throw new IllegalArgumentException(
                    "a run needs samples (%d) and a lookahead (%d) of at least 1".formatted(totalSamples, lookahead));
        }
        List<ShardSet> shards = new ArrayList<>();
        try {
            List<SourceWindows> windows = new ArrayList<>();
            for (SourceConfig source : usedSources(data)) {
                ShardSet set = ShardSet.open(source.path(), Split.TRAIN);
                shards.add(set);
                set.requireTokenizer(tokenizer);
                windows.add(new SourceWindows(source.name(), set, data.sequenceLength(), lookahead, seed));
            }
            Key key = new Key(totalSamples, lookahead, seed);
            return new MixtureStream(data, shards, windows, schedule(data, totalSamples), key);
        } catch (RuntimeException e) {
            shards.forEach(ShardSet::close);
            throw e;
        }
    }

    @Override
    public PackedSequence sample(long index) {
        MixtureOrder.Origin origin = order.origin(index);
        return windows.get(origin.source()).window(origin.ordinal());
    }

    /** Where a sample comes from, without reading it. */
    public Origin origin(long index) {
        MixtureOrder.Origin origin = order.origin(index);
        SourceWindows source = windows.get(origin.source());
        return new Origin(
                sources.get(origin.source()).name(),
                origin.ordinal() / source.windows(),
                source.position(origin.ordinal()));
    }

    /** Samples that each source has given among the first {@code samples}, by name in the order of the config. */
    public Map<String, Long> served(long samples) {
        long[] counts = order.servedBefore(samples);
        Map<String, Long> served = new LinkedHashMap<>();
        for (int d = 0; d < counts.length; d++) {
            served.put(sources.get(d).name(), counts[d]);
        }
        return served;
    }

    /** The share of each source that the schedule plans at a sample, by name in the order of the config. */
    public Map<String, Double> plannedShares(long sample) {
        Map<String, Double> shares = new LinkedHashMap<>();
        for (int d = 0; d < sources.size(); d++) {
            shares.put(sources.get(d).name(), schedule.share(d, sample));
        }
        return shares;
    }

    /** Fingerprint of each source's shards, by name in the order of the config: tells a change of data from one of the mixture. */
    public Map<String, String> sourceFingerprints() {
        Map<String, String> fingerprints = new LinkedHashMap<>();
        for (int d = 0; d < sources.size(); d++) {
            fingerprints.put(sources.get(d).name(), shards.get(d).fingerprint());
        }
        return fingerprints;
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public void close() {
        shards.forEach(ShardSet::close);
    }

    private static List<SourceConfig> usedSources(DataConfig data) {
        List<SourceConfig> used =
                data.sources().stream().filter(source -> source.weight() > 0).toList();
        if (used.isEmpty()) {
            throw new DataException(
                    "data.sources is empty: nothing to train on; name a folder written by `calandra tokenize`");
        }
        return used;
    }

    private static MixtureSchedule schedule(DataConfig data, long totalSamples) {
        List<SourceConfig> sources = usedSources(data);
        boolean[] reasoningD = new boolean[sources.size()];
        double[] weightD = new double[sources.size()];
        for (int d = 0; d < reasoningD.length; d++) {
            reasoningD[d] = sources.get(d).kind() == Kind.REASONING;
            weightD[d] = sources.get(d).weight();
        }
        List<MixturePoint> points =
                data.mixture().isEmpty() ? List.of(new MixturePoint(0, data.reasoningShare(0))) : data.mixture();
        double[] atP = points.stream().mapToDouble(p -> p.at() * totalSamples).toArray();
        double[] shareP = points.stream().mapToDouble(MixturePoint::reasoning).toArray();
        return new MixtureSchedule(reasoningD, weightD, atP, shareP);
    }

    private String fingerprint(DataConfig data, Key key) {
        Fingerprint all = new Fingerprint()
                .add("mixture-stream 1")
                .add(BLOCK_SIZE)
                .add(data.sequenceLength())
                .add(key.lookahead())
                // A constant mixture does not depend on the length of the run, so such a run may be made longer.
                .add(data.mixture().size() > 1 ? key.totalSamples() : 0)
                .add(key.seed())
                .add(sources.size());
        for (int d = 0; d < sources.size(); d++) {
            SourceConfig source = sources.get(d);
            all.add(source.name())
                    .add(source.kind())
                    .add(source.weight())
                    .add(shards.get(d).fingerprint());
        }
        data.mixture().forEach(point -> all.add(point.at()).add(point.reasoning()));
        return all.hex();
    }
}
