package dev.calandra.engine;

/**
 * The fused operations a Ling-style model needs, forward and backward, and no more.
 *
 * <p>Shapes: T tokens, D hidden, F expert width, E experts, K choices per token, R = T·K rows in expert order, H query
 * heads, G key-value heads, C head size, V vocabulary, S sequence, N outputs and K inputs of a product. Tensors are F32
 * unless said otherwise. Outputs are allocated by the caller and overwritten, or added to where {@code accumulate} or
 * the comment says so. Every reduction has an order that depends on shapes alone: the same inputs give the same bits on
 * any number of threads.
 *
 * <p>No operation lets the host read a result, routing counts included: an implementation may run behind the caller.
 */
public interface Kernels extends AutoCloseable {

    /** Name of the implementation, for the log. */
    String name();

    // ---- matrix products over groups of rows; a dense layer is one group ----

    /** y = x·wᵀ: x [R, K], w [E, N, K], y [R, N]; row r uses the matrix of its group. FP8: x in row tiles, w in blocks. */
    void linear(Operand xRK, Operand wENK, Groups groups, Tensor yRN);

    /** dx (+)= dy·w: dy [R, N], w [E, N, K], dx [R, K]. FP8: dy in row tiles, w in the blocks of the forward pass. */
    void linearInputGrad(Operand dyRN, Operand wENK, Groups groups, Tensor dxRK, boolean accumulate);

    /**
     * dw += dyᵀ·x for each group's rows: dy [R, N], x [R, K], dw [E, N, K]. FP8: both in column tiles, quantised anew
     * along tokens from the high-precision values, never by transposing row tiles.
     */
    void linearWeightGrad(Operand dyRN, Operand xRK, Groups groups, Tensor dwENK);

    // ---- precision ----

    /**
     * Encodes in 1x128 tiles; x is F32 or gathered rows of F32. A NaN, here as in the other encodings, becomes a NaN code
     * and does not count towards the largest magnitude of its tile; with an infinity in it a tile is not scaled.
     */
    void quantiseRows(Operand xRK, Fp8Tensor out);

    /** Encodes in 128x1 tiles along each group's rows; x is F32 or gathered (and scaled) rows of F32. */
    void quantiseColumns(Operand xRK, Groups groups, Fp8Tensor out);

    /** Encodes a stack of matrices in 128x128 blocks. */
    void quantiseBlocks(Tensor w, Fp8Tensor out);

    /**
     * Largest magnitudes of the blocks of a stack of matrices, as far as some of its rows tell. A NaN does not count.
     *
     * @param wRK F32, rows of the stack
     * @param firstRow where in the stack they begin
     * @param stack the encoding of the whole stack, of which only the layout is looked at
     * @param maxima F32 of the shape of its scales, overwritten; 0 for blocks that none of the rows is part of
     */
    void blockMaxima(Tensor wRK, int firstRow, Fp8Tensor stack, Tensor maxima);

    /**
     * Encodes some rows of a stack as {@link #quantiseBlocks} does all of them: whoever holds other rows of a block needs the same
     * maxima only.
     *
     * @param wRK F32, rows of the stack
     * @param firstRow where in the stack they begin
     * @param maxima the largest of {@link #blockMaxima} of all rows of the stack
     * @param stack the codes of these rows and all scales are overwritten
     */
    void encodeBlocks(Tensor wRK, int firstRow, Tensor maxima, Fp8Tensor stack);

    /** Decodes; {@code groups} are those of the encoding for column tiles, else null. */
    void dequantise(Fp8Tensor x, Groups groups, Tensor out);

    /** F32 to BF16 (nearest, ties to even) or BF16 to F32. */
    void cast(Tensor from, Tensor to);

    /**
     * How faithful an encoding is (Ling 2.0, 5.1): writes F64 [6]: number of non-zero values; of those, how many became
     * zero; how many stand at the format's maximum code; sum of x·q; sum of x²; sum of q².
     */
    void quantisationHealth(Tensor x, Fp8Tensor encoded, Groups groups, Tensor statistics);

    // ---- normalisation, positions, attention ----

    /** y = x / sqrt(mean(x²) + eps) · w per row; keeps 1/sqrt(…) in rstd [T]. (Zhang & Sennrich, arXiv 1910.07467) */
    void rmsNorm(Tensor xTD, Tensor wD, float eps, Tensor yTD, Tensor rstdT);

    /** dx (+)= …; dw += …. */
    void rmsNormBackward(Tensor dyTD, Tensor xTD, Tensor wD, Tensor rstdT, Tensor dxTD, boolean accumulate, Tensor dwD);

    /**
     * Splits the fused projection into heads, normalises queries and keys (RMSNorm over C, one weight per head element,
     * before the rotation) and rotates their first {@code 2·P} elements, half-split layout (Su et al., arXiv
     * 2104.09864). Keys and values are written from key {@code keys - queries} on, so that they may go into a cache.
     *
     * @param qkvTF [T, (H + 2G)·C], all queries, all keys, all values; T = batch·queries
     * @param cosSP cosines [positions, P]; P = 0 rotates nothing
     * @param positionT I32 [T]
     * @param q [batch, H, queries, C]; k, v [batch, G, capacity, C]
     */
    void qkNormRope(
            Tensor qkvTF,
            Tensor qNormC,
            Tensor kNormC,
            float eps,
            Tensor cosSP,
            Tensor sinSP,
            Tensor positionT,
            AttentionShape shape,
            Tensor q,
            Tensor k,
            Tensor v);

    /** Gradients of {@link #qkNormRope} for training shapes: writes dqkv, adds to the norms' weights. */
    void qkNormRopeBackward(
            Tensor dq,
            Tensor dk,
            Tensor dv,
            Tensor qkvTF,
            Tensor qNormC,
            Tensor kNormC,
            float eps,
            Tensor cosSP,
            Tensor sinSP,
            Tensor positionT,
            AttentionShape shape,
            Tensor dqkvTF,
            Tensor dqNormC,
            Tensor dkNormC);

    /**
     * Causal attention within documents, scale 1/sqrt(C): a query sees the keys of its own document, up to itself.
     *
     * @param documentStart I32 [batch, queries]: index of the first key of the query's document
     * @param outTF [T, H·C]
     * @param logSumExp [batch, H, queries]
     */
    void attention(
            Tensor q, Tensor k, Tensor v, Tensor documentStart, AttentionShape shape, Tensor outTF, Tensor logSumExp);

    /** Gradients of {@link #attention} for training shapes; overwrites dq, dk, dv. */
    void attentionBackward(
            Tensor dOutTF,
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor documentStart,
            AttentionShape shape,
            Tensor outTF,
            Tensor logSumExp,
            Tensor dq,
            Tensor dk,
            Tensor dv);

    // ---- feed-forward and experts ----

    /** a = silu(gate)·up, gateUp [R, 2F] = [gate | up], a [R, F]. (Shazeer, arXiv 2002.05202) */
    void swiGlu(Tensor gateUpRF2, Tensor aRF);

    /**
     * dGateUp for da·scale, where the forward result was used times scale [R] (null for 1). Writes dScale [R] = da·a per
     * row if asked: the gradient of the routing weight, without keeping the experts' outputs (Ling 2.0, 5: the weight
     * folded into the activation).
     */
    void swiGluBackward(Tensor daRF, Tensor gateUpRF2, Tensor scaleR, Tensor dGateUpRF2, Tensor dScaleR);

    /**
     * Chooses experts on sigmoid(logits) + bias within the best groups; weights are the unbiased scores of the chosen,
     * divided by their sum + 1e-20, times the scaling. Ties go to the lower index; choices stand in falling order. A score
     * that is NaN counts as the lowest, so that even a broken model chooses experts that exist, each once.
     *
     * @param indexTK I32 out
     * @param weightTK out
     */
    void route(Tensor logitsTE, Tensor biasE, RouterShape shape, Tensor indexTK, Tensor weightTK);

    /** dLogits of the weights (the choice itself has no gradient); overwrites. */
    void routeBackward(Tensor dWeightTK, Tensor logitsTE, Tensor indexTK, RouterShape shape, Tensor dLogitsTE);

    /**
     * Sequence-wise balance loss of a router (DeepSeek-V3, arXiv 2412.19437, 2.1.2, eq. 17-20). With s = sigmoid(logits), shares
     * p = s / (sum of s + 1e-20) and n_e choices of expert e among the S tokens of a sequence:
     *
     * <pre>
     *   loss = sum_e E / (K·S) · n_e · mean_t p_te
     * </pre>
     *
     * which is 1 where choices or shares are even. Loss and gradient come in one pass, as those of {@link #linearCrossEntropy}.
     *
     * @param indexTK I32, the choices that are counted, taken as constants
     * @param lossScale what each sequence's loss is multiplied by, in the gradient only
     * @param dLogitsTE added to
     * @param lossB out [B], of each of B sequences of T / B tokens
     */
    void sequenceBalance(Tensor logitsTE, Tensor indexTK, float lossScale, Tensor dLogitsTE, Tensor lossB);

    /**
     * Router z-loss (Zoph et al., arXiv 2202.08906, eq. 5): loss[t] = (log sum_e exp logits[t, e])². Loss and gradient in one pass.
     *
     * @param lossScale what each token's loss is multiplied by, in the gradient only
     * @param dLogitsTE added to
     * @param lossT out
     */
    void routerZ(Tensor logitsTE, float lossScale, Tensor dLogitsTE, Tensor lossT);

    /** Sorts (token, choice) pairs by expert, stably, and fills the plan. */
    void dispatch(Tensor indexTK, DispatchPlan plan);

    /** out[i] = values[index[i]]. */
    void gather(Tensor values, Tensor index, Tensor out);

    /** out[index[i]] = values[i]; the index is a permutation. */
    void scatter(Tensor values, Tensor index, Tensor out);

    /** out[t] (+)= sum over k of weight[t, k]·y[slot[t, k]]; weight null for 1: the experts' answers come home. */
    void combine(Tensor yRD, Tensor weightTK, Tensor slotTK, Tensor outTD, boolean accumulate);

    // ---- ends of the model ----

    /** out[t] = table[id[t]]. */
    void embedding(Tensor tableVD, Tensor idT, Tensor outTD);

    /** dTable[id[t]] += dOut[t], in token order. */
    void embeddingBackward(Tensor dOutTD, Tensor idT, Tensor dTableVD);

    /**
     * Cross-entropy of logits h·wᵀ that are never kept whole. Loss and gradients come in one pass, because the gradient
     * of the loss by itself is known: {@code lossScale}.
     *
     * @param targetT I32 [T]; negative: no loss at this token
     * @param lossScale what each token's loss is multiplied by, in the gradients only
     * @param dhTD gradient of h, overwritten; null to skip the gradients
     * @param dwVD gradient of w, added to; null with dhTD
     * @param lossT out [T]: each token's loss, 0 where there is none
     */
    void linearCrossEntropy(
            Tensor hTD, Tensor wVD, Tensor targetT, float lossScale, Tensor dhTD, Tensor dwVD, Tensor lossT);

    // ---- element-wise and reductions ----

    /** out = a + b; out may be a or b. */
    void add(Tensor a, Tensor b, Tensor out);

    /** x *= factor. */
    void scale(Tensor x, float factor);

    /** x = value everywhere. */
    void fill(Tensor x, float value);

    /** out[0] (F64) = sum of x, accumulated in double. */
    void sum(Tensor x, Tensor outF64);

    /** out[0] (F64) = sum of squares of x, accumulated in double. */
    void sumOfSquares(Tensor x, Tensor outF64);

    /** One optimizer step in place: parameter, first and second moment, all F32 of one size. */
    void adamW(Tensor parameter, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamWStep step);

    @Override
    void close();
}
