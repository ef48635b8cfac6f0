package dev.calandra.trainer.bench;

import dev.calandra.trainer.model.GradientListener;
import dev.calandra.trainer.model.Parameter;
import java.util.ArrayList;
import java.util.List;

/** Notes when passes go back. */
final class BackwardSpans implements GradientListener {

    private final List<Span> spans = new ArrayList<>();
    private long start;

    @Override
    public void started() {
        start = System.nanoTime();
    }

    @Override
    public void ready(List<Parameter> parameters) {
        // Only the pass as a whole is noted.
    }

    @Override
    public void finished() {
        spans.add(new Span(start, System.nanoTime() - start));
    }

    /** All so far. */
    List<Span> spans() {
        return List.copyOf(spans);
    }
}
