package dev.calandra.trainer.model;

import dev.calandra.data.PackedSequence;
import java.util.Arrays;
import java.util.List;

/**
 * The tokens of one pass, on the host. T = batch·sequence; sequences stand one after another.
 *
 * @param batch sequences B
 * @param sequence tokens per sequence S
 * @param ids [T] input tokens
 * @param documentStart [T] index within the sequence of the first token of each token's document
 * @param inputIds [MTP depths][T] the tokens that MTP layers read beside the hidden states: {@code depth} further on
 * @param targets [1 + MTP depths][T] the token to predict; negative: no loss
 */
public record TokenBatch(int batch, int sequence, int[] ids, int[] documentStart, int[][] inputIds, int[][] targets) {

    private static final int NO_TARGET = -1;

    public TokenBatch {
        int tokens = Math.multiplyExact(batch, sequence);
        if (batch < 1 || sequence < 1 || ids.length != tokens || documentStart.length != tokens) {
            throw new IllegalArgumentException("a batch of " + batch + " sequences of " + sequence + " tokens with "
                    + ids.length + " ids and " + documentStart.length + " document starts");
        }
        if (targets.length != inputIds.length + 1) {
            throw new IllegalArgumentException(
                    targets.length + " heads for " + inputIds.length + " MTP layers: one more is needed");
        }
    }

    /**
     * A batch of training windows. No loss crosses from one document into another.
     *
     * @param windows each of at least {@code sequence + 1 + mtpDepth} tokens
     */
    public static TokenBatch of(List<PackedSequence> windows, int sequence, int mtpDepth) {
        int batch = windows.size();
        int tokens = batch * sequence;
        TokenBatch result = new TokenBatch(
                batch,
                sequence,
                new int[tokens],
                new int[tokens],
                new int[mtpDepth][tokens],
                new int[1 + mtpDepth][tokens]);
        for (int b = 0; b < batch; b++) {
            result.fill(windows.get(b), b * sequence);
        }
        return result;
    }

    private void fill(PackedSequence window, int offset) {
        int depths = inputIds.length;
        if (window.tokens().length < sequence + 1 + depths) {
            throw new IllegalArgumentException("a window of " + window.tokens().length + " tokens for sequences of "
                    + sequence + " and " + (1 + depths) + " tokens to look ahead");
        }
        System.arraycopy(window.tokens(), 0, ids, offset, sequence);
        System.arraycopy(window.documentStart(), 0, documentStart, offset, sequence);
        for (int head = 0; head <= depths; head++) {
            if (head > 0) {
                System.arraycopy(window.tokens(), head, inputIds[head - 1], offset, sequence);
            }
            for (int j = 0; j < sequence; j++) {
                int next = j + 1 + head;
                boolean sameDocument = window.documentStart()[next] == window.documentStart()[j];
                targets[head][offset + j] = sameDocument && window.target()[next] ? window.tokens()[next] : NO_TARGET;
            }
        }
    }

    /**
     * A batch as the published model code reads {@code input_ids} and {@code labels}: one document per sequence, labels
     * shifted by one for the main head and by one more for each MTP layer; what an MTP layer reads beyond the end is token
     * 0, without a loss.
     *
     * @param inputIds [B·S]
     * @param labels [B·S]; negative: ignored
     */
    public static TokenBatch huggingFace(int[] inputIds, int[] labels, int batch, int sequence, int mtpDepth) {
        int[][] shiftedIds = new int[mtpDepth][];
        int[][] targets = new int[1 + mtpDepth][];
        for (int head = 0; head <= mtpDepth; head++) {
            if (head > 0) {
                shiftedIds[head - 1] = shifted(inputIds, sequence, head, 0);
            }
            targets[head] = shifted(labels, sequence, 1 + head, NO_TARGET);
        }
        return new TokenBatch(batch, sequence, inputIds.clone(), new int[batch * sequence], shiftedIds, targets);
    }

    /** Each sequence moved to the left, filled up at its end. */
    private static int[] shifted(int[] values, int sequence, int by, int fill) {
        int[] moved = new int[values.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = i % sequence + by < sequence ? values[i + by] : fill;
        }
        return moved;
    }

    /** T. */
    public int tokens() {
        return ids.length;
    }

    /** Tokens that have a target for a head: 0 the main head, then the MTP depths. */
    public int validTargets(int head) {
        return (int) Arrays.stream(targets[head]).filter(t -> t >= 0).count();
    }

    /** [T] position of each token within its document. */
    int[] positions() {
        int[] positions = new int[ids.length];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = i % sequence - documentStart[i];
        }
        return positions;
    }
}
