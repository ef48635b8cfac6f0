package dev.calandra.laws.choice;

import dev.calandra.configs.AutoValues;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.Configs;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.Problem;
import dev.calandra.configs.ScheduleType;
import dev.calandra.laws.ModelCost;
import dev.calandra.laws.choice.Recommendation.Choice;
import dev.calandra.laws.records.LawFile;
import dev.calandra.laws.records.Range;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Turns a budget of compute into a config: a size from the ladder, tokens, batch size and learning rate.
 *
 * <p>The size comes from an {@code allocation} law, as the rung whose training FLOPs per token are nearest to the law's; or from a
 * loss law, as the rung with the lowest loss for the budget. Tokens are the budget over the rung's FLOPs per token.
 */
public final class Recommender {
    private static final double WARMUP_SHARE = 0.02;
    private static final double DECAY_SHARE = 0.2;
    private static final int SAVES = 10;
    private static final String PER_TOKEN = "flops_per_token";
    private static final String RULE = "rule of thumb, from no law";

    private final Path base;
    private final List<String> sets;
    private final LawFile sizes;
    private final LawFile hyperParameters;
    private final AutoValues auto;

    /**
     * @param base config whose architecture, data and all that no law chooses are kept
     * @param sets overrides of the command line; what is recommended wins over them
     * @param sizes {@code allocation} or loss law
     * @param hyperParameters law with {@code learning_rate} and {@code batch_tokens}
     */
    public Recommender(Path base, List<String> sets, LawFile sizes, LawFile hyperParameters) {
        this.base = base;
        this.sets = List.copyOf(sets);
        this.sizes = sizes;
        this.hyperParameters = hyperParameters;
        this.auto = new LawAutoValues(warning -> {});
    }

    private record Candidate(Rung rung, ModelCost cost, double tokens, double badness) {}

    /** Compute in scaling-law FLOPs that a machine does in a time, at a rate that was measured on the base config. */
    public double compute(double hours, double tokensPerSecond) {
        PretrainConfig config = load(List.of()).config();
        long perToken =
                ModelCost.of(config.model(), config.data().sequenceLength()).scalingLawTrainingFlops();
        return hours * 3600 * tokensPerSecond * perToken;
    }

    /**
     * Recommends a config.
     *
     * @param compute C = M D, in scaling-law FLOPs
     * @throws ConfigException if no rung of the ladder fits the base config
     */
    public Recommendation recommend(double compute) {
        Candidate best = best(compute);
        List<String> settings = best.rung.settings(load(List.of()).config());
        PretrainConfig shaped = load(settings).config();
        Map<String, Double> point = RunPoint.of(best.cost, best.tokens).in(hyperParameters);
        double rate = hyperParameters.rule("learning_rate").at(point);
        double batchTokens = hyperParameters.rule("batch_tokens").at(point);
        int pass = Math.max(1, shaped.run().microBatchSize());
        int sequence = shaped.data().sequenceLength();
        long batch = Math.max(1, Math.round(batchTokens / sequence / pass)) * pass;
        long steps = Math.max(1, Math.round(best.tokens / batch / sequence));
        settings.add("run.batch_size=" + batch);
        settings.add("run.steps=" + steps);
        settings.add(String.format(Locale.ROOT, "optimizer.learning_rate=%.3e", rate));
        settings.addAll(schedule(shaped, steps));
        List<Choice> choices = choices(best, point, rate, batchTokens, batch, steps);
        return new Recommendation(load(settings), choices, warnings(best, point));
    }

    private LoadedConfig load(List<String> settings) {
        List<String> all = new ArrayList<>(sets);
        all.addAll(settings);
        return Configs.load(base, all, auto);
    }

    private Candidate best(double compute) {
        PretrainConfig config = load(List.of()).config();
        return Rung.LADDER.stream()
                .filter(rung -> rung.fits(config))
                .map(rung -> candidate(rung, config, compute))
                .min(Comparator.comparingDouble(Candidate::badness))
                .orElseThrow(() -> new ConfigException(new Problem(
                        base.toString(),
                        0,
                        "model.head_dim",
                        "no size of the ladder is a multiple of it (%d); use one such as 32, 64 or 128"
                                .formatted(config.model().headDim()))));
    }

    private Candidate candidate(Rung rung, PretrainConfig config, double compute) {
        PretrainConfig shaped = load(rung.settings(config)).config();
        ModelCost cost = ModelCost.of(shaped.model(), shaped.data().sequenceLength());
        double tokens = compute / cost.scalingLawTrainingFlops();
        Map<String, Double> at = RunPoint.of(cost, tokens).in(sizes);
        double badness = sizeTarget()
                .map(target ->
                        Math.abs(Math.log(at.get(target) / sizes.rule(target).at(at))))
                .orElseGet(() -> sizes.loss(at));
        return new Candidate(rung, cost, tokens, badness);
    }

    /** What an allocation says of the size; empty for a loss law. */
    private Optional<String> sizeTarget() {
        return Stream.of(PER_TOKEN, "parameters")
                .filter(sizes.targets()::contains)
                .findFirst();
    }

    private static List<String> schedule(PretrainConfig shaped, long steps) {
        List<String> settings = new ArrayList<>();
        settings.add("optimizer.schedule.warmup_steps=" + Math.max(1, Math.round(WARMUP_SHARE * steps)));
        if (shaped.optimizer().schedule().type() == ScheduleType.WSD) {
            settings.add("optimizer.schedule.decay_steps=" + Math.max(1, Math.round(DECAY_SHARE * steps)));
        }
        settings.add("run.save_every=" + Math.max(1, steps / SAVES));
        settings.add("run.evaluate_every=" + Math.max(1, steps / SAVES));
        return settings;
    }

    private List<Choice> choices(
            Candidate best, Map<String, Double> point, double rate, double batchTokens, long batch, long steps) {
        String law = hyperParameters.law() + ", " + hyperParameters.source();
        List<Choice> choices = new ArrayList<>();
        choices.add(size(best));
        choices.add(new Choice(
                "model.num_hidden_layers", Integer.toString(best.rung.depth()), "goes with the width", "ladder"));
        choices.add(new Choice(
                "run.batch_size",
                batch + " sequences",
                String.format(Locale.ROOT, "%.3g tokens; ", batchTokens)
                        + interval(hyperParameters.interval("batch_tokens", point)),
                law));
        choices.add(new Choice(
                "run.steps",
                Long.toString(steps),
                String.format(Locale.ROOT, "%.4g tokens: the budget over FLOPs per token", best.tokens),
                "follows"));
        choices.add(new Choice(
                "optimizer.learning_rate",
                String.format(Locale.ROOT, "%.3e", rate),
                interval(hyperParameters.interval("learning_rate", point)),
                law));
        choices.add(new Choice("optimizer.schedule.warmup_steps", "2 % of the steps", "-", RULE));
        return choices;
    }

    private Choice size(Candidate best) {
        String law = sizes.law() + ", " + sizes.source();
        String value = String.format(Locale.ROOT, "%d, %.3g active parameters", best.rung.width(), (double)
                best.cost.parameters().active());
        Map<String, Double> at = RunPoint.of(best.cost, best.tokens).in(sizes);
        String why = sizeTarget()
                .map(target -> String.format(
                                Locale.ROOT,
                                "law: %.3g %s, rung: %.3g; ",
                                sizes.rule(target).at(at),
                                target.equals(PER_TOKEN) ? "FLOPs per token" : target + of(best, at),
                                at.get(target))
                        + interval(sizes.interval(target, at)))
                .orElseGet(() -> String.format(
                                Locale.ROOT,
                                "loss %.4f at %.3g parameters%s; ",
                                best.badness,
                                at.get("parameters"),
                                of(best, at))
                        + interval(sizes.lossInterval(at)));
        return new Choice("model.hidden_size", value, why, law);
    }

    /** Which parameters the law of the size was asked with. */
    private static String of(Candidate best, Map<String, Double> at) {
        return at.get("parameters") == best.cost.parameters().active() ? " (active)" : "";
    }

    private List<String> warnings(Candidate best, Map<String, Double> point) {
        List<String> warnings = new ArrayList<>();
        double hyper = hyperParameters.timesBeyond(point);
        double size = sizes.timesBeyond(RunPoint.of(best.cost, best.tokens).in(sizes));
        warn("learning rate and batch size", hyper, hyperParameters).ifPresent(warnings::add);
        warn("size and tokens", size, sizes).ifPresent(warnings::add);
        Stream.of(hyperParameters, sizes).distinct().forEach(law -> warnings.addAll(RunPoint.doubts(law)));
        return warnings;
    }

    private static Optional<String> warn(String what, double beyond, LawFile law) {
        return beyond > LawAutoValues.FAR
                ? Optional.of(String.format(
                        Locale.ROOT,
                        "%s: %.3g times beyond the runs behind the law (%s); a guess, not a fit: run neighbours, or a sweep nearer to"
                                + " the budget",
                        what,
                        beyond,
                        law.source()))
                : Optional.empty();
    }

    private static String interval(Optional<Range> range) {
        return range.map(found -> String.format(Locale.ROOT, "95 %%: %.3g to %.3g", found.from(), found.to()))
                .orElse("the law was published without intervals");
    }
}
