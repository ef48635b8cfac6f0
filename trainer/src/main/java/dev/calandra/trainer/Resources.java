package dev.calandra.trainer;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things opened one after another, closed in reverse; every one of them is closed whatever the others do. */
final class Resources implements AutoCloseable {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** Takes charge of closing it. */
    <T extends AutoCloseable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    /** Throws the first failure, with the others suppressed. */
    @Override
    public void close() {
        Exception first = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        switch (first) {
            case null -> {}
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException("closing a run failed: " + first.getMessage(), first);
        }
    }
}
