package dev.calandra.engine.tape;

import dev.calandra.engine.Tensor;
import java.util.Arrays;

/**
 * What rows need to travel to the ranks that hold their experts, and back; see {@link ExpertRows} for T, R, U, V and N.
 *
 * @param tokenU I32 token of each row that is sent
 * @param sentTokens rows of U by rank
 * @param arrivingTokens rows of V by rank
 * @param sentRows choices of R by rank
 * @param arrivingRows choices of N by rank
 * @param homeN I32 [N] in the order of arrival: which row a choice became
 */
record Journey(Tensor tokenU, int[] sentTokens, int[] arrivingTokens, int[] sentRows, int[] arrivingRows, Tensor homeN)
        implements AutoCloseable {

    /** A second handle. */
    Journey share() {
        return new Journey(tokenU.share(), sentTokens, arrivingTokens, sentRows, arrivingRows, homeN.share());
    }

    /** U. */
    int sent() {
        return Arrays.stream(sentTokens).sum();
    }

    /** V. */
    int arriving() {
        return Arrays.stream(arrivingTokens).sum();
    }

    @Override
    public void close() {
        tokenU.close();
        homeN.close();
    }
}
