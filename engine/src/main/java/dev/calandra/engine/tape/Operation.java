package dev.calandra.engine.tape;

/** One recorded step of a forward pass: what it kept, and how it goes back. */
interface Operation extends AutoCloseable {

    /**
     * Takes the gradient of the output and adds to the gradients of inputs and weights. Called at most once. Does
     * nothing if no gradient reached the output.
     */
    void backward();

    /** Frees what was kept; called after {@link #backward}, or instead of it when the tape is abandoned. */
    @Override
    void close();
}
