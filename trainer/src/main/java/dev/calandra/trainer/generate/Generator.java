package dev.calandra.trainer.generate;

import dev.calandra.configs.DataException;
import dev.calandra.configs.NumericsException;
import dev.calandra.trainer.model.KeyValueCache;
import dev.calandra.trainer.model.LingModel;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/**
 * Generates token by token, with keys and values of earlier tokens kept. Computes in the model's own recipe; the MTP layers
 * take no part.
 */
public final class Generator {

    private final LingModel model;

    /** @param model borrowed */
    public Generator(LingModel model) {
        this.model = model;
    }

    /**
     * Continues a prompt.
     *
     * @param prompt at least one token
     * @param maximum tokens to generate at most
     * @param stop a token that ends the generation, and is not part of the result
     * @param onToken told each token as it comes
     * @return the generated tokens
     * @throws DataException if the prompt is empty, holds tokens the model does not know, or leaves no room
     * @throws NumericsException if the model's scores are not numbers
     */
    public int[] generate(int[] prompt, int maximum, Sampling sampling, OptionalInt stop, IntConsumer onToken) {
        requireRoom(prompt.length, maximum);
        int[] generated = new int[maximum];
        int count = 0;
        try (KeyValueCache cache = model.newCache(prompt.length + maximum)) {
            int[] unread = prompt;
            while (count < maximum) {
                float[] logits = model.nextLogits(unread, cache);
                requireFinite(logits, cache.length());
                int token = sampling.draw(logits, cache.length());
                if (stop.isPresent() && token == stop.getAsInt()) {
                    break;
                }
                generated[count++] = token;
                onToken.accept(token);
                unread = new int[] {token};
            }
        }
        return Arrays.copyOf(generated, count);
    }

    private void requireRoom(int promptTokens, int maximum) {
        int longest = model.config().maxPositionEmbeddings();
        if (promptTokens < 1) {
            throw new DataException("the prompt is empty; begin with the end-of-text token to start a new document");
        }
        if (promptTokens + (long) maximum > longest) {
            throw new DataException("a prompt of " + promptTokens + " tokens and " + maximum
                    + " more do not fit the model's " + longest
                    + " positions (max_position_embeddings); shorten the prompt or ask for fewer tokens");
        }
    }

    private static void requireFinite(float[] logits, int position) {
        for (int token = 0; token < logits.length; token++) {
            if (!Float.isFinite(logits[token])) {
                throw new NumericsException("the score of token " + token + " at position " + position + " is "
                        + logits[token] + "; the weights are broken: use an earlier checkpoint");
            }
        }
    }
}
