package dev.calandra.trainer;

import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.checkpoints.RetentionRule;
import dev.calandra.checkpoints.SaveGroup;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.Problem;
import dev.calandra.data.MixtureStream;
import dev.calandra.data.RunPosition;
import dev.calandra.data.Tokenizer;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.SingleRank;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.evaluation.Evaluator;
import dev.calandra.trainer.metrics.StepLine;
import dev.calandra.trainer.metrics.StepRecord;
import dev.calandra.trainer.mixture.MixturePlan;
import dev.calandra.trainer.mixture.SourcePlan;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.optimizer.AdamW;
import dev.calandra.trainer.parallel.RankSaves;
import dev.calandra.trainer.parallel.Ranks;
import dev.calandra.trainer.run.CheckpointState;
import dev.calandra.trainer.run.ConsumedData;
import dev.calandra.trainer.run.Evaluation;
import dev.calandra.trainer.run.MetricsLog;
import dev.calandra.trainer.run.Progress;
import dev.calandra.trainer.run.RankStore;
import dev.calandra.trainer.run.ResumeRules;
import dev.calandra.trainer.run.RunCheckpoints;
import dev.calandra.trainer.run.RunDirectory;
import dev.calandra.trainer.run.TensorInventory;
import dev.calandra.trainer.run.TrainingState;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run of training, or one rank's part in it, assembled from a config: data, run folder, machine, model, and the newest checkpoint if
 * there is one. Everything that can be checked is checked before the first step, and the data before the run folder is
 * touched.
 */
public final class TrainingRun implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

    private final Resources resources = new Resources();
    private final PretrainConfig config;
    private final Surroundings surroundings;
    private final Learner learner;
    private final Progress progress;
    private final Trainer trainer;
    private final String directory;

    /**
     * Opens the run of a config: a new one, or the one in its run folder where that left off.
     *
     * @throws ConfigException if the config cannot be trained
     * @throws dev.calandra.configs.DataException if a source or the tokenizer is missing or damaged
     * @throws dev.calandra.checkpoints.RunInUseException if another trainer uses the run folder and is to be respected
     * @throws CheckpointException if the run folder cannot be used, or its checkpoint is damaged or belongs to
     *     another model, config or data
     */
    public static TrainingRun open(LoadedConfig loaded, TrainingOptions options, Surroundings surroundings) {
        return open(loaded, options, surroundings, new SingleRank(), 1);
    }

    /**
     * {@link #open(LoadedConfig, TrainingOptions, Surroundings)} on one of several ranks. Rank 0 keeps the run folder and
     * speaks; a request to stop on any rank stops all.
     *
     * @param world borrowed
     * @param neighbours ranks that share this machine, this one included
     */
    public static TrainingRun open(
            LoadedConfig loaded,
            TrainingOptions options,
            Surroundings surroundings,
            Communicator world,
            int neighbours) {
        try {
            return new TrainingRun(loaded, options, surroundings, world, neighbours);
        } catch (IOException e) {
            throw new CheckpointException(
                    loaded.config().run().directory() + ": cannot keep a run here (" + e
                            + "); choose another run.directory",
                    e);
        }
    }

    private TrainingRun(
            LoadedConfig loaded, TrainingOptions options, Surroundings surroundings, Communicator world, int neighbours)
            throws IOException {
        this.config = loaded.forTraining();
        this.surroundings = world.rank() == 0
                ? surroundings
                : new Surroundings(surroundings.nanoTime(), line -> {}, surroundings.stop());
        try {
            Ranks ranks = resources.add(Ranks.of(world, config));
            Tokenizer tokenizer = resources.add(Tokenizer.open(config.data().tokenizer()));
            requireVocabulary(loaded, tokenizer);
            MixtureStream fresh = resources.add(MixtureStream.open(
                    config.data(),
                    tokenizer,
                    (long) config.run().steps() * config.run().batchSize(),
                    1 + config.model().numNextnPredictLayers(),
                    config.run().seed()));
            Evaluator evaluator = resources.add(new Evaluator(config, tokenizer));
            Folder folder = new Folder(ranks, options);
            this.directory = folder.location;
            Machine machine = resources.add(Machine.of(config.run(), neighbours));
            this.learner = resources.add(new Learner(config, machine, ranks));
            RunCheckpoints checkpoints = resources.add(checkpoints(loaded, folder.store, machine, fresh, tokenizer));
            Optional<CheckpointState> then = checkpoints.restore(
                    new ResumeRules(options.allowChange()), options.acceptDataChange(), options.fromStep());
            ConsumedData consumed = then.map(CheckpointState::data).orElseGet(ConsumedData::new);
            TrainingState saved = then.map(CheckpointState::training).orElse(TrainingState.START);
            MixtureStream stream = resumed(fresh, saved, consumed);
            TrainingState state = withoutLostBatches(saved, stream);
            learner.model().weightsChanged();
            if (folder.kept.isPresent()) {
                folder.kept.get().writeConfig(loaded.effectiveYaml());
            }
            this.progress = new Progress(state, config.run().batchSize());
            this.trainer = new Trainer(
                    config,
                    learner,
                    resources.add(
                            new Passes(config, stream, state.nextSample(), consumed, ranks, surroundings.nanoTime())),
                    stream,
                    evaluator,
                    progress,
                    folder.metrics(state.step()),
                    checkpoints,
                    this.surroundings,
                    then.flatMap(CheckpointState::evaluation),
                    options.stopAfter());
        } catch (IOException | RuntimeException | Error e) {
            try (resources) {
                throw e;
            }
        }
    }

    /** The run folder: kept by rank 0, looked into by the others. */
    private final class Folder {
        private final Optional<RunDirectory> kept;
        private final String location;
        private final RankStore store;

        Folder(Ranks ranks, TrainingOptions options) throws IOException {
            SaveGroup group = new RankSaves(resources.add(ranks.world().split(0)));
            String name = config.run().directory();
            if (ranks.first()) {
                RunDirectory directory = resources.add(RunDirectory.open(name, options.rival()));
                ranks.world().barrier();
                kept = Optional.of(directory);
                location = directory.location();
                store = new RankStore.Committing(
                        new CheckpointStore(directory.storage(), location, directory.claim(), retention()), group);
            } else {
                ranks.world().barrier();
                StorageLocation place = resources.add(Storages.open(name));
                kept = Optional.empty();
                location = place.location();
                store = new RankStore.Member(place.storage(), location, group);
            }
        }

        Optional<MetricsLog> metrics(long step) throws IOException {
            return kept.isEmpty()
                    ? Optional.empty()
                    : Optional.of(resources.add(kept.get().metrics(step)));
        }
    }

    private RetentionRule retention() {
        return new RetentionRule(
                config.run().keepLast(), config.run().keepEvery(), config.run().keepBest(), Evaluation::score);
    }

    /** The data where the run left it, with a new mixture from here on if the config has one. */
    private MixtureStream resumed(MixtureStream fresh, TrainingState state, ConsumedData consumed) {
        RunPosition position = MixturePlan.position(config, state);
        MixtureStream stream = fresh.resumed(consumed.history(), position);
        consumed.requireServed(directory, stream.served(state.nextSample()));
        consumed.goOnUnder(stream.history());
        long samples = state.nextSample() + position.samplesLeft();
        MixturePlan.sources(config, stream, consumed, state.nextSample(), samples).stream()
                .map(SourcePlan::warning)
                .flatMap(Optional::stream)
                .forEach(LOG::warn);
        return stream;
    }

    private static TrainingState withoutLostBatches(TrainingState state, MixtureStream stream) {
        TrainingState kept = state.withoutDeferredBefore(stream.firstAvailable());
        int lost = state.deferred().size() - kept.deferred().size();
        if (lost > 0) {
            LOG.warn("{} skipped batches are not tried again: their sources or sequence length are gone", lost);
        }
        return kept;
    }

    private RunCheckpoints checkpoints(
            LoadedConfig loaded, RankStore store, Machine machine, MixtureStream stream, Tokenizer tokenizer) {
        Map<String, String> environment = Map.of(
                "kernels", machine.kernels().name(),
                "threads", Integer.toString(machine.threads()),
                "java", Runtime.version().toString());
        return new RunCheckpoints(
                store,
                new TensorInventory(
                        learner.model(), learner.optimizer(), learner.ranks().first()),
                new CheckpointState(
                        TrainingState.START,
                        new ConsumedData(),
                        CheckpointState.keys(loaded),
                        loaded.effectiveYaml(),
                        Optional.empty(),
                        tokenizer.sha256(),
                        stream.sourceFingerprints(),
                        environment),
                machine.memory(),
                config.run(),
                surroundings.nanoTime());
    }

    private static void requireVocabulary(LoadedConfig loaded, Tokenizer tokenizer) {
        int vocabulary = loaded.config().model().vocabSize();
        if (tokenizer.vocabSize() > vocabulary) {
            throw new ConfigException(new Problem(
                    loaded.file(),
                    0,
                    "model.vocab_size",
                    "smaller than the tokenizer's vocabulary (%d < %d of %s); raise it to at least that"
                            .formatted(vocabulary, tokenizer.vocabSize(), tokenizer.file())));
        }
    }

    /** Steps done so far, those of earlier processes included. */
    public long step() {
        return progress.step();
    }

    /** Absolute location of the run folder. */
    public String directory() {
        return directory;
    }

    /** The model being trained, to look at or generate from between {@link #train} and {@link #close}. */
    public LingModel model() {
        return learner.model();
    }

    /** The optimizer of {@link #model}. */
    AdamW optimizer() {
        return learner.optimizer();
    }

    /** One step of the loop, without anything around it. */
    StepRecord takeStep() {
        return trainer.step();
    }

    /**
     * Trains to the end of the run, or until asked to stop, and saves.
     *
     * @return OK at the end of the run, STOPPED before it: the same command goes on from there
     * @throws dev.calandra.configs.NumericsException after repeated steps that were not finite
     */
    public ExitCode train() {
        if (progress.step() == config.run().steps()) {
            LOG.info(
                    "{} has all of its {} steps already",
                    directory,
                    config.run().steps());
            return ExitCode.OK;
        }
        surroundings.out().accept(StepLine.ofRun(config, progress.step(), directory));
        long before = progress.step();
        ExitCode end = trainer.run() ? ExitCode.OK : ExitCode.STOPPED;
        trainer.stallLine().ifPresent(surroundings.out());
        int ranks = learner.ranks().world().size();
        if (ranks > 1) {
            surroundings.out().accept(StepLine.ofTraffic(ranks, progress.step() - before, learner.bytesSent()));
        }
        return end;
    }

    /** Frees everything and unlocks the run folder. */
    @Override
    public void close() {
        resources.close();
    }
}
