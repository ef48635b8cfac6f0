package dev.calandra.trainer;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.BatchLoader;
import dev.calandra.data.PackedSequence;
import dev.calandra.data.SampleStream;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.parallel.Ranks;
import dev.calandra.trainer.run.ConsumedData;
import dev.calandra.trainer.run.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/**
 * The batches of a run, cut into the forward and backward passes of each step. Fresh batches are read ahead; one that is
 * tried again is read when it is asked for.
 */
final class Passes implements AutoCloseable {

    private static final int BATCHES_AHEAD = 2;
    private static final double SECONDS_PER_NANO = 1e-9;

    private final SampleStream stream;
    private final BatchLoader fresh;
    private final ConsumedData consumed;
    private final LongSupplier nanoTime;
    private final int batchSize;
    private final RowRange share;
    private final int perPass;
    private final int sequence;
    private final int mtpDepth;

    /**
     * The batch of a step.
     *
     * @param passes its forward and backward passes
     * @param waitSeconds how long the step waited for it
     */
    record Drawn(List<TokenBatch> passes, double waitSeconds) {}

    /**
     * @param stream borrowed, and not to be closed before this
     * @param firstSample of the first fresh batch that will be asked for
     * @param consumed counts what is drawn
     * @param ranks every one of which reads the whole batch, and takes its share of it
     */
    Passes(
            PretrainConfig config,
            SampleStream stream,
            long firstSample,
            ConsumedData consumed,
            Ranks ranks,
            LongSupplier nanoTime) {
        this.stream = stream;
        this.consumed = consumed;
        this.nanoTime = nanoTime;
        this.batchSize = config.run().batchSize();
        this.share = ranks.share(batchSize);
        this.perPass = config.sequencesPerPass(ranks.world().size());
        this.sequence = config.data().sequenceLength();
        this.mtpDepth = config.model().numNextnPredictLayers();
        this.fresh = new BatchLoader(stream, batchSize, firstSample, BATCHES_AHEAD);
    }

    /** Draws this rank's share of a batch; a fresh batch is counted as a whole. */
    Drawn of(Progress.Batch batch) {
        long asked = nanoTime.getAsLong();
        List<PackedSequence> windows = batch.retried() ? read(batch.firstSample()) : fresh.next(batch.firstSample());
        double waited = (nanoTime.getAsLong() - asked) * SECONDS_PER_NANO;
        if (!batch.retried()) {
            for (int i = 0; i < batchSize; i++) {
                consumed.add(stream.source(batch.firstSample() + i), windows.get(i), sequence);
            }
        }
        List<TokenBatch> passes = new ArrayList<>();
        for (int from = Math.toIntExact(share.from()); from < share.to(); from += perPass) {
            passes.add(TokenBatch.of(windows.subList(from, from + perPass), sequence, mtpDepth));
        }
        return new Drawn(passes, waited);
    }

    /** What has been drawn, by this process and those before it. */
    ConsumedData consumed() {
        return consumed;
    }

    private List<PackedSequence> read(long firstSample) {
        return LongStream.range(firstSample, firstSample + batchSize)
                .mapToObj(stream::sample)
                .toList();
    }

    @Override
    public void close() {
        fresh.close();
    }
}
