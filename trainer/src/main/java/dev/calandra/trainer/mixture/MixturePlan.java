package dev.calandra.trainer.mixture;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.SourceConfig;
import dev.calandra.data.MixtureStream;
import dev.calandra.data.PackingReport;
import dev.calandra.data.RunPosition;
import dev.calandra.data.Tokenizer;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.run.CheckpointState;
import dev.calandra.trainer.run.ConsumedData;
import dev.calandra.trainer.run.TrainingState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The mixture of a config, and of its run as far as there is one: what is planned and what was taken. */
public final class MixturePlan implements AutoCloseable {
    private final PretrainConfig config;
    private final MixtureStream stream;
    private final TrainingState state;
    private final ConsumedData consumed;

    private MixturePlan(PretrainConfig config, MixtureStream stream, TrainingState state, ConsumedData consumed) {
        this.config = config;
        this.stream = stream;
        this.state = state;
        this.consumed = consumed;
    }

    /**
     * Opens the sources of a config and the newest checkpoint in its run folder, if there is one. Where the config's mixture is not the
     * run's, the plan is that of the run if it went on with the config's.
     *
     * @throws dev.calandra.configs.DataException if a source is missing or damaged
     * @throws dev.calandra.configs.CheckpointException if no checkpoint of the run is whole
     * @throws IOException if the run folder cannot be read
     */
    public static MixturePlan open(PretrainConfig config) throws IOException {
        Optional<CheckpointState> run = newest(config);
        TrainingState state = run.map(CheckpointState::training).orElse(TrainingState.START);
        ConsumedData consumed = run.map(CheckpointState::data).orElseGet(ConsumedData::new);
        try (Tokenizer tokenizer = Tokenizer.open(config.data().tokenizer())) {
            MixtureStream fresh = MixtureStream.open(
                    config.data(),
                    tokenizer,
                    (long) config.run().steps() * config.run().batchSize(),
                    1 + config.model().numNextnPredictLayers(),
                    config.run().seed());
            try {
                RunPosition position = position(config, state);
                return new MixturePlan(config, fresh.resumed(consumed.history(), position), state, consumed);
            } catch (RuntimeException e) {
                fresh.close();
                throw e;
            }
        }
    }

    /** Where a run stands in its data. */
    public static RunPosition position(PretrainConfig config, TrainingState state) {
        long stepsLeft = Math.max(0, config.run().steps() - state.step());
        return new RunPosition(
                state.nextSample(),
                Math.min(1, (double) state.step() / config.run().steps()),
                stepsLeft * config.run().batchSize());
    }

    private static Optional<CheckpointState> newest(PretrainConfig config) throws IOException {
        try (StorageLocation place = Storages.open(config.run().directory())) {
            Optional<Checkpoint> newest = new CheckpointReader(place.storage(), place.location()).newestValid();
            if (newest.isEmpty()) {
                return Optional.empty();
            }
            try (Checkpoint checkpoint = newest.get()) {
                return Optional.of(CheckpointState.fromMap(checkpoint.state()));
            }
        }
    }

    /** Steps that the run has done; 0 where there is none. */
    public long step() {
        return state.step();
    }

    /** The first sample that the run has not taken. */
    public long nextSample() {
        return state.nextSample();
    }

    /** Samples of the whole run. */
    public long samples() {
        return state.nextSample() + position(config, state).samplesLeft();
    }

    /** Sample numbers at which a new mixture began, 0 first; the last may lie in the future of a run that has not been resumed with it. */
    public List<Long> edits() {
        return stream.edits();
    }

    /** The planned share of each source at a sample, by name. */
    public Map<String, Double> sharesAt(long sample) {
        return stream.plannedShares(sample);
    }

    /** Sequences planned for each source among the first so many, by name. */
    public Map<String, Double> planned(long samples) {
        return stream.planned(samples);
    }

    /** What each way of packing does to each source, by name; reads the lengths of all documents. */
    public Map<String, PackingReport> packing() {
        return stream.packing();
    }

    /** Every source of the config with a weight above 0, in its order. */
    public List<SourcePlan> sources() {
        return sources(config, stream, consumed, state.nextSample(), samples());
    }

    /** Every source of a stream over a run of so many samples, of which some are taken. */
    public static List<SourcePlan> sources(
            PretrainConfig config, MixtureStream stream, ConsumedData consumed, long taken, long samples) {
        Map<String, Double> whole = stream.planned(samples);
        Map<String, Double> soFar = stream.planned(taken);
        List<SourcePlan> plans = new ArrayList<>();
        for (SourceConfig source : config.data().sources()) {
            if (source.weight() > 0) {
                ConsumedData.Amount amount =
                        consumed.bySource().getOrDefault(source.name(), new ConsumedData.Amount(0, 0));
                plans.add(new SourcePlan(
                        source.name(),
                        source.kind(),
                        stream.tokens().get(source.name()),
                        stream.windowsPerEpoch().get(source.name()),
                        whole.get(source.name()),
                        soFar.get(source.name()),
                        amount.sequences(),
                        amount.tokens()));
            }
        }
        return plans;
    }

    @Override
    public void close() {
        stream.close();
    }
}
