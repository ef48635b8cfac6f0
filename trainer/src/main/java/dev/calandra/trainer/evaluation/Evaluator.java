package dev.calandra.trainer.evaluation;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.SourceConfig;
import dev.calandra.data.HeldOutWindows;
import dev.calandra.data.PackedSequence;
import dev.calandra.data.Tokenizer;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.model.Losses;
import dev.calandra.trainer.model.TokenBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores a model on the held-out documents of every source of a config, in the order of the config. Every evaluation reads
 * the same windows, so the same model gets the same score, bit for bit.
 */
public final class Evaluator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Evaluator.class);

    private final List<HeldOutWindows> sources = new ArrayList<>();
    private final int sequence;
    private final int perPass;
    private final int mtpDepth;

    /**
     * @param tokenizer the config's; not used after the constructor
     * @throws dev.calandra.configs.DataException when a source is missing, belongs to another tokenizer, or bytes per token
     *     are not defined
     */
    public Evaluator(PretrainConfig config, Tokenizer tokenizer) {
        this.sequence = config.data().sequenceLength();
        this.perPass = config.run().sequencesPerPass();
        this.mtpDepth = config.model().numNextnPredictLayers();
        try {
            for (SourceConfig source : config.data().sources()) {
                sources.add(HeldOutWindows.open(
                        source,
                        tokenizer,
                        sequence,
                        mtpDepth + 1,
                        config.run().evaluateSequences(),
                        config.data().cache()));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** One score per source; a source whose held-out documents are shorter than one window has none, which is logged. */
    public List<SourceScore> evaluate(LingModel model) {
        return sources.stream()
                .map(source -> score(model, source))
                .flatMap(Optional::stream)
                .toList();
    }

    private Optional<SourceScore> score(LingModel model, HeldOutWindows source) {
        Losses losses = Losses.ZERO;
        long bytes = 0;
        for (int from = 0; from < source.size(); from += perPass) {
            List<PackedSequence> windows = IntStream.range(from, Math.min(source.size(), from + perPass))
                    .mapToObj(source::window)
                    .toList();
            losses = losses.plus(model.evaluate(TokenBatch.of(windows, sequence, mtpDepth)));
            bytes += windows.stream().mapToLong(source::targetBytes).sum();
        }
        if (bytes == 0) {
            LOG.warn(
                    "{} has no score: its held-out documents do not fill one window of {} tokens; tokenize more of them",
                    source.source(),
                    sequence);
            return Optional.empty();
        }
        return Optional.of(new SourceScore(source.source(), losses.main(), losses.mainTokens(), bytes));
    }

    @Override
    public void close() {
        sources.forEach(HeldOutWindows::close);
    }
}
