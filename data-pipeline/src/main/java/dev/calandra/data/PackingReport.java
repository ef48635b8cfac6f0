package dev.calandra.data;

import dev.calandra.data.packing.BestFit;
import dev.calandra.data.packing.Bins;

/**
 * What each way of packing does to the documents of a source.
 *
 * @param documents of the source
 * @param fitting of those, how many are no longer than a sequence
 * @param cutByConcat of the fitting ones, how many lie in more than one sequence when documents are concatenated
 * @param cutByBestFit the same for best-fit packing
 * @param tokens of all documents
 * @param bestFitPositions positions of all best-fit sequences, padding included; concatenation has no padding
 */
public record PackingReport(
        long documents, long fitting, long cutByConcat, long cutByBestFit, long tokens, long bestFitPositions) {

    /** Share of best-fit positions that are padding. */
    public double paddingShare() {
        return bestFitPositions == 0 ? 0 : 1 - (double) tokens / bestFitPositions;
    }

    /** Share of the fitting documents that concatenation cuts. */
    public double concatTruncationShare() {
        return fitting == 0 ? 0 : (double) cutByConcat / fitting;
    }

    /** Share of the fitting documents that best-fit packing cuts. */
    public double bestFitTruncationShare() {
        return fitting == 0 ? 0 : (double) cutByBestFit / fitting;
    }

    /** Packs every shard of a source; reads the lengths of all documents. */
    static PackingReport of(ShardSet shards, int sequenceLength) {
        PackingReport total = new PackingReport(0, 0, 0, 0, 0, 0);
        for (int index = 0; index < shards.shardCount(); index++) {
            try (OpenShards.Open open = shards.use(index)) {
                total = total.plus(of(open.shard().documentLengths(), total.tokens, sequenceLength));
            }
        }
        return total;
    }

    private static PackingReport of(int[] lengths, long firstToken, int sequenceLength) {
        Bins bins = BestFit.pack(lengths, sequenceLength);
        int[] pieces = new int[lengths.length];
        for (int bin = 0; bin < bins.size(); bin++) {
            for (int i = 0; i < bins.pieces(bin); i++) {
                pieces[bins.piece(bin, i).document()]++;
            }
        }
        long fitting = 0;
        long cutByConcat = 0;
        long cutByBestFit = 0;
        long at = firstToken;
        for (int document = 0; document < lengths.length; document++) {
            long last = at + lengths[document] - 1;
            if (lengths[document] <= sequenceLength) {
                fitting++;
                cutByConcat += at / sequenceLength == last / sequenceLength ? 0 : 1;
                cutByBestFit += pieces[document] > 1 ? 1 : 0;
            }
            at = last + 1;
        }
        return new PackingReport(
                lengths.length,
                fitting,
                cutByConcat,
                cutByBestFit,
                at - firstToken,
                (long) bins.size() * sequenceLength);
    }

    private PackingReport plus(PackingReport other) {
        return new PackingReport(
                documents + other.documents,
                fitting + other.fitting,
                cutByConcat + other.cutByConcat,
                cutByBestFit + other.cutByBestFit,
                tokens + other.tokens,
                bestFitPositions + other.bestFitPositions);
    }
}
