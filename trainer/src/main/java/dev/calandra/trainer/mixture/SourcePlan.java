package dev.calandra.trainer.mixture;

import dev.calandra.configs.SourceConfig.Kind;
import dev.calandra.laws.RepetitionLaw;
import java.util.Locale;
import java.util.Optional;

/**
 * One source over a whole run.
 *
 * @param name of the source
 * @param kind which share of the mixture it belongs to
 * @param tokens that it has
 * @param epochSequences sequences of one epoch
 * @param plannedSequences of the whole run
 * @param plannedSoFar sequences up to where the run stands
 * @param takenSequences by the run so far, as the checkpoint counted them
 * @param takenTokens the same, without padding
 */
public record SourcePlan(
        String name,
        Kind kind,
        long tokens,
        long epochSequences,
        double plannedSequences,
        double plannedSoFar,
        long takenSequences,
        long takenTokens) {

    /** How often the run will serve the source. */
    public double epochs() {
        return plannedSequences / epochSequences;
    }

    /** Mean worth of its tokens, 1 for fresh ones. */
    public double worth() {
        return epochs() == 0 ? 1 : RepetitionLaw.worth(epochs()) / epochs();
    }

    /** What to know about a source that is served more often than helps; empty for others. */
    public Optional<String> warning() {
        return epochs() <= RepetitionLaw.NEARLY_FRESH_EPOCHS
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "source '%s' is served %.1f times: its tokens are worth %.0f %% of fresh ones on the mean and the last of"
                                + " them %.0f %% (arXiv 2305.16264); add text, lower its weight, or set max_epochs",
                        name,
                        epochs(),
                        100 * worth(),
                        100 * RepetitionLaw.worthOfNextToken(epochs())));
    }
}
