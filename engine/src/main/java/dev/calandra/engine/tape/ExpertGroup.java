package dev.calandra.engine.tape;

import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.SingleRank;

/**
 * The ranks among which the routed experts of a layer are shared out: each holds equally many neighbours.
 *
 * @param ranks a group of one holds them all
 * @param wire how activations and gradients travel to the experts
 * @param answers how they come back
 * @param sources how rows of several ranks meet
 */
public record ExpertGroup(Communicator ranks, Wire wire, Answers answers, Sources sources) {

    /** All experts on one rank, and nothing rounded for a journey. */
    public static ExpertGroup alone() {
        return new ExpertGroup(new SingleRank(), Wire.F32, Answers.F32, Sources.TOGETHER);
    }

    /** How a row of an activation, or of its gradient, travels to the experts that read it. */
    public enum Wire {
        /** In F32: the experts read what the layer has. */
        F32,
        /**
         * As codes in 1x128 tiles, a quarter of the bytes. The products read these tiles in any case; the weight gradient,
         * whose tiles lie along the tokens, is encoded from what the codes decode to. A group of one does the same, so that
         * the numbers do not depend on the number of ranks.
         */
        FP8
    }

    /** How an expert's answer, or the gradient of its row, travels back to the token. There the choices' are added in F32. */
    public enum Answers {
        F32,
        /** Rounded to nearest, half the bytes. A group of one rounds too. */
        BF16
    }

    /** How an expert treats rows that come from several ranks. */
    public enum Sources {
        /** As those of one rank: one product, one gradient. */
        TOGETHER,
        /**
         * Each rank's rows by themselves: they are multiplied, and in FP8 encoded, as if no others were there, and their
         * gradients are summed apart. What a rank's tokens contribute is then the same, bit for bit, wherever the experts are.
         */
        APART
    }

    /** Sums of gradients that each expert keeps. */
    public int gradients() {
        return sources == Sources.APART ? ranks.size() : 1;
    }

    /**
     * Experts of one rank.
     *
     * @throws IllegalArgumentException when they cannot be shared out evenly
     */
    public int share(int experts) {
        if (experts % ranks.size() != 0) {
            throw new IllegalArgumentException(
                    experts + " experts cannot be shared out evenly among " + ranks.size() + " ranks");
        }
        return experts / ranks.size();
    }
}
