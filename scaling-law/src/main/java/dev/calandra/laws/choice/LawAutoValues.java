package dev.calandra.laws.choice;

import dev.calandra.configs.AutoValues;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;
import dev.calandra.laws.records.LawFile;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Chooses learning rate and batch size by the law that a config's {@code laws} names. Where the config gives the
 * run's tokens, its compute is known; where it gives steps, the batch decides the tokens, and so the compute that the law asks for: the
 * batch is then the one that the law gives back for itself.
 */
public final class LawAutoValues implements AutoValues {
    /** Beyond so many times the fitted range the user is warned. */
    public static final double FAR = 10;

    private static final int MOST_ROUNDS = 200;
    private static final MathContext DIGITS = new MathContext(4);

    private final Consumer<String> warnings;

    /** @param warnings takes lines for the user */
    public LawAutoValues(Consumer<String> warnings) {
        this.warnings = warnings;
    }

    @Override
    public Chosen choose(PretrainConfig config, boolean batchSize, Optional<Double> tokens) {
        LawFile law = LawFile.resolve(config.laws());
        ModelCost cost = ModelCost.of(config.model(), config.data().sequenceLength());
        int batch =
                batchSize ? batchSize(law, config, cost, tokens) : config.run().batchSize();
        RunPoint point = RunPoint.of(cost, tokens.orElseGet(() -> tokens(config, batch)));
        Map<String, Double> variables = point.in(law);
        double rate = new BigDecimal(law.rule("learning_rate").at(variables))
                .round(DIGITS)
                .doubleValue();
        String origin = String.format(
                Locale.ROOT,
                "law %s at %.2e FLOPs, %.2e tokens",
                config.laws(),
                point.scalingLawFlops(),
                point.columns().get("tokens"));
        double beyond = law.timesBeyond(variables);
        if (beyond > FAR) {
            String far = String.format(Locale.ROOT, "%.3g times beyond the runs it was fitted to", beyond);
            warnings.accept("%s, which is %s: take its learning rate and batch size as a guess, and try neighbours"
                    .formatted(origin, far));
            origin += ", " + far;
        }
        RunPoint.doubts(law).forEach(warnings);
        return new Chosen(rate, batch, origin);
    }

    private static int batchSize(LawFile law, PretrainConfig config, ModelCost cost, Optional<Double> tokens) {
        int pass = Math.max(1, config.run().microBatchSize());
        int batch = pass;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            int last = batch;
            double trained = tokens.orElseGet(() -> tokens(config, last));
            Map<String, Double> variables = RunPoint.of(cost, trained).in(law);
            double sequences =
                    law.rule("batch_tokens").at(variables) / config.data().sequenceLength();
            int next = (int) Math.min(Integer.MAX_VALUE / pass, Math.max(1, Math.rint(sequences / pass))) * pass;
            if (next == batch) {
                break;
            }
            batch = next;
        }
        return batch;
    }

    private static double tokens(PretrainConfig config, int batch) {
        return (double) config.run().steps() * batch * config.data().sequenceLength();
    }
}
