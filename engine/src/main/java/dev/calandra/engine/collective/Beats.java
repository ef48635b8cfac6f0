package dev.calandra.engine.collective;

/** What carries the signs of life from a rank to its neighbours. */
interface Beats {

    /** Begins to send one to the next rank. */
    Signal send();

    /** Begins to wait for one from the rank before. */
    Signal receive();

    /** One under way. */
    interface Signal extends AutoCloseable {
        boolean isDone();

        /** Gives up on it. */
        void cancel();

        /** Of one that is done or given up. */
        @Override
        void close();
    }
}
