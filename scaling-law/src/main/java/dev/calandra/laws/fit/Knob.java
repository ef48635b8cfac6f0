package dev.calandra.laws.fit;

/** What a grid varies within a cell, and a law of hyper-parameters chooses. */
public enum Knob {
    /** Peak learning rate. */
    LEARNING_RATE("learning_rate", "learning rate") {
        @Override
        double[] of(Cell cell) {
            return cell.rates();
        }
    },
    /** Tokens per step. */
    BATCH_TOKENS("batch_tokens", "batch size") {
        @Override
        double[] of(Cell cell) {
            return cell.batches();
        }
    };

    private final String target;
    private final String words;

    Knob(String target, String words) {
        this.target = target;
        this.words = words;
    }

    /** Its values in a cell, one for each run. */
    abstract double[] of(Cell cell);

    /** The other one. */
    Knob other() {
        return this == LEARNING_RATE ? BATCH_TOKENS : LEARNING_RATE;
    }

    /** Name in law files. */
    public String target() {
        return target;
    }

    /** Name for people. */
    String words() {
        return words;
    }
}
