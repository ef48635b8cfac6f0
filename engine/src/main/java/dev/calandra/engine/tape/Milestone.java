package dev.calandra.engine.tape;

/** A place in the forward pass; somebody is told when the way back has come to it, and so is done with all that came after. */
public final class Milestone implements Operation {

    private final Runnable reached;

    private Milestone(Runnable reached) {
        this.reached = reached;
    }

    /** Marks the place; does nothing on a tape that does not record. */
    public static void record(Tape tape, Runnable reached) {
        if (tape.recording()) {
            tape.record(new Milestone(reached));
        }
    }

    @Override
    public void backward() {
        reached.run();
    }

    @Override
    public void close() {
        // Nothing was kept.
    }
}
