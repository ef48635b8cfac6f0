package dev.calandra.trainer;

import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.NumericsException;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.SourceConfig;
import dev.calandra.data.MixtureStream;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.engine.recipe.HealthRecorder;
import dev.calandra.trainer.evaluation.Evaluator;
import dev.calandra.trainer.evaluation.HeldOutScores;
import dev.calandra.trainer.evaluation.SourceScore;
import dev.calandra.trainer.metrics.MetricsJson;
import dev.calandra.trainer.metrics.SaveTimes;
import dev.calandra.trainer.metrics.StepLine;
import dev.calandra.trainer.metrics.StepOutcome;
import dev.calandra.trainer.metrics.StepRecord;
import dev.calandra.trainer.model.GradientListener;
import dev.calandra.trainer.optimizer.ExpertBalance;
import dev.calandra.trainer.optimizer.LearningRate;
import dev.calandra.trainer.run.Evaluation;
import dev.calandra.trainer.run.MetricsLog;
import dev.calandra.trainer.run.Progress;
import dev.calandra.trainer.run.RunCheckpoints;
import dev.calandra.trainer.run.Savepoint;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The training loop:
 *
 * <pre>
 *   batch → loss → backward → clip → check finite → step → record → evaluate → save
 * </pre>
 *
 * <p>A step whose loss or gradient norm is not finite, or is a spike, leaves weights, moments and expert biases untouched.
 */
final class Trainer {

    /** Steps in a row without a finite loss and norm after which going on is pointless. */
    static final int NON_FINITE_LIMIT = 3;

    private final PretrainConfig config;
    private final Learner learner;
    private final LearningRate learningRate;
    private final Passes passes;
    private final MixtureStream stream;
    private final Evaluator evaluator;
    private final Progress progress;
    private final Optional<MetricsLog> metrics;
    private final RunCheckpoints checkpoints;
    private final Surroundings surroundings;
    private final long lastStep;
    private final StepClock clock;
    private Optional<Evaluation> evaluation;

    /**
     * @param learner whose weights and moments belong to {@code progress}
     * @param metrics of the rank that keeps them
     * @param evaluation the latest of the processes before
     * @param stopAfter step after which to end as if asked to
     */
    Trainer(
            PretrainConfig config,
            Learner learner,
            Passes passes,
            MixtureStream stream,
            Evaluator evaluator,
            Progress progress,
            Optional<MetricsLog> metrics,
            RunCheckpoints checkpoints,
            Surroundings surroundings,
            Optional<Evaluation> evaluation,
            OptionalLong stopAfter) {
        this.config = config;
        this.learner = learner;
        this.learningRate = LearningRate.of(config.optimizer(), config.run().steps());
        this.passes = passes;
        this.stream = stream;
        this.evaluator = evaluator;
        this.progress = progress;
        this.metrics = metrics;
        this.checkpoints = checkpoints;
        this.surroundings = surroundings;
        this.evaluation = evaluation;
        this.lastStep =
                Math.min(config.run().steps(), stopAfter.orElse(config.run().steps()));
        this.clock = new StepClock(surroundings.nanoTime());
    }

    /**
     * Trains to the last step of the run, or until asked to stop; saves in either case.
     *
     * @return whether the run is complete
     */
    boolean run() {
        while (progress.step() < lastStep) {
            StepRecord record = step();
            record(record, checkpoints.times());
            haltOnRepeatedTrouble(record);
            if (due(config.run().evaluateEvery())) {
                evaluate();
            }
            boolean stop = learner.ranks().any(surroundings.stop().requested());
            if (stop || progress.step() == lastStep) {
                checkpoints.saveLast(savepoint());
                break;
            }
            if (due(config.run().saveEvery())) {
                checkpoints.save(this::savepoint);
            }
        }
        return progress.step() == config.run().steps();
    }

    /** One step: the next batch through the model, and its gradients into the weights if they can be trusted. */
    StepRecord step() {
        clock.start();
        long sentBefore = learner.bytesSent();
        long step = progress.step();
        double rate = learningRate.at(step);
        Progress.Batch batch = progress.nextBatch();
        Optional<HealthRecorder> health = healthDue() ? Optional.of(learner.newHealthRecorder()) : Optional.empty();
        Passes.Drawn drawn = passes.of(batch);
        Learner.Gradients gradients = learner.backward(
                drawn.passes(), health.isPresent() ? health.get() : HealthProbe.NONE, GradientListener.NONE);
        StepOutcome outcome = progress.judge(batch, gradients.loss(), gradients.norm());
        if (outcome == StepOutcome.APPLIED) {
            learner.apply(rate, gradients, progress.optimizerSteps() + 1);
        }
        Map<String, ExpertBalance.Layer> balance = learner.balance();
        learner.clear();
        progress.complete(batch, gradients.loss(), gradients.norm(), outcome);
        return new StepRecord(
                progress.step(),
                config.run().steps(),
                gradients.loss(),
                gradients.mtpLoss(),
                gradients.norm(),
                rate,
                config.tokensPerStep(),
                gradients.losses().mainTokens(),
                stream.plannedShare(SourceConfig.Kind.REASONING, batch.firstSample()),
                balance,
                sampled(config.balance().traceEvery(), progress.step()),
                health.map(HealthRecorder::report).orElse(List.of()),
                outcome,
                batch.firstSample(),
                batch.retried(),
                progress.skipped(),
                learner.bytesSent() - sentBefore,
                drawn.waitSeconds(),
                clock.stop());
    }

    private void record(StepRecord record, SaveTimes saves) {
        metrics.ifPresent(log -> log.append(MetricsJson.of(record, saves)));
        surroundings.out().accept(StepLine.of(record, clock.remaining(record.steps() - record.step())));
        surroundings.steps().accept(record);
    }

    /** @throws NumericsException saying which tensor went wrong first, and from where the weights are sound */
    private void haltOnRepeatedTrouble(StepRecord record) {
        if (progress.nonFiniteInARow() < NON_FINITE_LIMIT) {
            return;
        }
        NumericsException trouble = new NumericsException(
                "step %d: loss %s and gradient norm %s, step %d in a row that is not finite (%s; samples from %d); the weights are still those after step %d: %s"
                        .formatted(
                                record.step(),
                                record.loss(),
                                record.gradientNorm(),
                                progress.nonFiniteInARow(),
                                learner.firstNonFinite(),
                                record.batch(),
                                record.step() - progress.nonFiniteInARow(),
                                "lower optimizer.learning_rate or resume from an earlier checkpoint"));
        try {
            metrics.ifPresent(MetricsLog::sync);
        } catch (CheckpointException e) {
            trouble.addSuppressed(e);
        }
        throw trouble;
    }

    private void evaluate() {
        clock.start();
        Map<String, Double> bitsPerByte = new LinkedHashMap<>();
        Map<String, Double> loss = new LinkedHashMap<>();
        HeldOutScores scores =
                evaluator.evaluate(learner.model(), learner.ranks().world());
        for (SourceScore score : scores.sources()) {
            bitsPerByte.put(score.source(), score.bitsPerByte());
            loss.put(score.source(), score.lossPerToken());
        }
        Evaluation latest = new Evaluation(progress.step(), bitsPerByte);
        evaluation = Double.isFinite(latest.mean()) ? Optional.of(latest) : evaluation;
        double seconds = clock.seconds();
        metrics.ifPresent(log -> log.append(
                MetricsJson.ofEvaluation(progress.step(), bitsPerByte, loss, scores.maxViolation(), seconds)));
        surroundings.out().accept(StepLine.ofEvaluation(progress.step(), bitsPerByte));
    }

    /** @throws NumericsException when a weight is not finite: poisoned weights are never saved */
    private Savepoint savepoint() {
        learner.nonFiniteWeight().ifPresent(name -> {
            throw new NumericsException(
                    "step %d: weight %s is not finite, so nothing was saved; resume from an earlier checkpoint with a lower optimizer.learning_rate"
                            .formatted(progress.step(), name));
        });
        return new Savepoint(progress.state(), passes.consumed(), evaluation, metrics);
    }

    /** What saves cost this process; empty when there was none. */
    Optional<String> stallLine() {
        return checkpoints.largestStall().isPresent()
                ? Optional.of(StepLine.ofStall(checkpoints.largestStall().getAsDouble(), clock.median()))
                : Optional.empty();
    }

    private boolean healthDue() {
        return sampled(config.precision().healthEvery(), progress.step() + 1);
    }

    private static boolean sampled(int every, long step) {
        return every > 0 && step % every == 0;
    }

    private boolean due(int every) {
        return progress.step() == config.run().steps() || every > 0 && progress.step() % every == 0;
    }
}
