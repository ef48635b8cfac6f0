package dev.calandra.trainer;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.BatchLoader;
import dev.calandra.data.PackedSequence;
import dev.calandra.data.SampleStream;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.run.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The batches of a run, cut into the forward and backward passes of each step. Fresh batches are read ahead; one that is
 * tried again is read when it is asked for.
 */
final class Passes implements AutoCloseable {

    private static final int BATCHES_AHEAD = 2;

    private final SampleStream stream;
    private final BatchLoader fresh;
    private final int batchSize;
    private final int perPass;
    private final int sequence;
    private final int mtpDepth;

    /**
     * @param stream borrowed, and not to be closed before this
     * @param firstSample of the first fresh batch that will be asked for
     */
    Passes(PretrainConfig config, SampleStream stream, long firstSample) {
        this.stream = stream;
        this.batchSize = config.run().batchSize();
        this.perPass = config.run().sequencesPerPass();
        this.sequence = config.data().sequenceLength();
        this.mtpDepth = config.model().numNextnPredictLayers();
        this.fresh = new BatchLoader(stream, batchSize, firstSample, BATCHES_AHEAD);
    }

    /** The passes of a batch. */
    List<TokenBatch> of(Progress.Batch batch) {
        List<PackedSequence> windows = batch.retried()
                ? LongStream.range(batch.firstSample(), batch.firstSample() + batchSize)
                        .mapToObj(stream::sample)
                        .toList()
                : fresh.next(batch.firstSample());
        List<TokenBatch> passes = new ArrayList<>();
        for (int from = 0; from < batchSize; from += perPass) {
            passes.add(TokenBatch.of(windows.subList(from, from + perPass), sequence, mtpDepth));
        }
        return passes;
    }

    @Override
    public void close() {
        fresh.close();
    }
}
