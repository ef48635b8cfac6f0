package dev.calandra.trainer.model;

import dev.calandra.configs.DataException;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.tape.Positions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A batch where the kernels can read it. All I32.
 *
 * @param idT input tokens
 * @param positionT position of each token in its document
 * @param documentStart [B, S]
 * @param mtpIdT what each MTP layer reads
 * @param targetT per head
 */
record BatchTensors(Tensor idT, Tensor positionT, Tensor documentStart, List<Tensor> mtpIdT, List<Tensor> targetT)
        implements AutoCloseable {

    /** @throws DataException for a token or target beyond the vocabulary */
    static BatchTensors upload(TensorMemory memory, TokenBatch batch, int vocabularySize) {
        requireTokens(batch.ids(), 0, vocabularySize);
        for (int[] ids : batch.inputIds()) {
            requireTokens(ids, 0, vocabularySize);
        }
        for (int[] targets : batch.targets()) {
            requireTokens(targets, Integer.MIN_VALUE, vocabularySize);
        }
        Tensor documentStart = memory.allocate(DType.I32, batch.batch(), batch.sequence());
        documentStart.copyFrom(batch.documentStart());
        return new BatchTensors(
                ints(memory, batch.ids()),
                ints(memory, batch.positions()),
                documentStart,
                all(memory, batch.inputIds()),
                all(memory, batch.targets()));
    }

    private static void requireTokens(int[] tokens, int minimum, int vocabularySize) {
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < minimum || tokens[i] >= vocabularySize) {
                throw new DataException("token " + tokens[i] + " at position " + i
                        + " of a batch is outside the model's vocabulary of " + vocabularySize
                        + "; use the tokenizer the model was made for, or raise model.vocab_size");
            }
        }
    }

    private static Tensor ints(TensorMemory memory, int[] values) {
        Tensor tensor = memory.allocate(DType.I32, values.length);
        tensor.copyFrom(values);
        return tensor;
    }

    private static List<Tensor> all(TensorMemory memory, int[][] rows) {
        List<Tensor> tensors = new ArrayList<>();
        Arrays.stream(rows).forEach(row -> tensors.add(ints(memory, row)));
        return tensors;
    }

    Positions positions(RotaryTable table) {
        return new Positions(table.cos(), table.sin(), positionT, documentStart);
    }

    @Override
    public void close() {
        idT.close();
        positionT.close();
        documentStart.close();
        mtpIdT.forEach(Tensor::close);
        targetT.forEach(Tensor::close);
    }
}
