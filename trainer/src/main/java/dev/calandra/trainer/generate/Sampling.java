package dev.calandra.trainer.generate;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.Problem;
import dev.calandra.trainer.model.CounterRandom;
import java.util.Arrays;

/**
 * How a token is drawn from its scores.
 *
 * @param temperature what scores are divided by; 0 takes the best token always
 * @param topK only so many best tokens may be drawn; 0 for all
 * @param topP only the best tokens whose probabilities first add up to this may be drawn (Holtzman et al., arXiv
 *     1904.09751); 1 for all
 * @param seed of the random numbers: the same seed and prompt give the same tokens
 */
public record Sampling(double temperature, int topK, double topP, long seed) {

    /** Stream of random numbers that nothing else draws from. */
    private static final long STREAM = 0x67656e6572617465L;

    /** @throws ConfigException naming the value that is out of range */
    public Sampling {
        require(temperature >= 0 && Double.isFinite(temperature), "temperature", temperature, "0 (greedy) or more");
        require(topK >= 0, "top_k", topK, "0 (all tokens) or more");
        require(topP > 0 && topP <= 1, "top_p", topP, "above 0 and at most 1 (all tokens)");
    }

    private static void require(boolean holds, String key, Object value, String range) {
        if (!holds) {
            throw new ConfigException(new Problem("", 0, key, "out of range (" + value + "); must be " + range));
        }
    }

    /** Always the best token. */
    public static Sampling greedy() {
        return new Sampling(0, 0, 1, 0);
    }

    /**
     * The token that stands at a position.
     *
     * @param logits [V], finite
     * @param position index of the random number to use
     */
    public int draw(float[] logits, long position) {
        int[] ranked = ranked(logits);
        if (temperature == 0) {
            return ranked[0];
        }
        int kept = topK == 0 ? ranked.length : Math.min(topK, ranked.length);
        double[] cumulative = new double[kept];
        double total = 0;
        for (int i = 0; i < kept; i++) {
            total += Math.exp((logits[ranked[i]] - logits[ranked[0]]) / temperature);
            cumulative[i] = total;
        }
        int last = firstAtLeast(cumulative, topP * total);
        double drawn = new CounterRandom(seed, STREAM).uniform(position) * cumulative[last];
        return ranked[firstAbove(cumulative, drawn)];
    }

    /** Tokens by falling score; equal scores by rising number. */
    private static int[] ranked(float[] logits) {
        // Above the token's number stands its score, as an integer that falls where the score rises.
        long[] keys = new long[logits.length];
        Arrays.setAll(keys, token -> (long) ~rising(logits[token]) << Integer.SIZE | token);
        Arrays.sort(keys);
        return Arrays.stream(keys).mapToInt(key -> (int) key).toArray();
    }

    /** An integer that orders as {@link Float#compare} does. */
    private static int rising(float score) {
        int bits = Float.floatToIntBits(score);
        return bits ^ bits >> Integer.SIZE - 1 & Integer.MAX_VALUE;
    }

    private static int firstAtLeast(double[] rising, double bound) {
        int i = 0;
        while (i < rising.length - 1 && rising[i] < bound) {
            i++;
        }
        return i;
    }

    private static int firstAbove(double[] rising, double bound) {
        int i = 0;
        while (i < rising.length - 1 && rising[i] <= bound) {
            i++;
        }
        return i;
    }
}
