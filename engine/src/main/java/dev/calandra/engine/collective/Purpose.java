package dev.calandra.engine.collective;

import java.util.Locale;
import java.util.function.Supplier;

/**
 * What collectives are for: said by whoever calls them, for the figures of {@link Traffic}. It holds for the calls of a body, and
 * for what the body starts in the background.
 */
public enum Purpose {
    /** Sums of gradients. */
    GRADIENTS,
    /** Weights that their owners have moved. */
    WEIGHTS,
    /** Who sends which rows to whom, and routing weights. */
    ROUTES,
    /** Rows to the experts; on the way back, the gradients of their answers. */
    DISPATCH,
    /** The experts' answers; on the way back, the gradients of the rows. */
    COMBINE,
    /** Everything else: losses, norms, loads, checkpoints. */
    OTHER;

    private static final ScopedValue<Purpose> CURRENT = ScopedValue.newInstance();

    /** Runs a body whose collectives are for this. */
    public void during(Runnable body) {
        ScopedValue.where(CURRENT, this).run(body);
    }

    /** Runs a body whose collectives are for this, and gives its result. */
    public <T> T of(Supplier<T> body) {
        return ScopedValue.where(CURRENT, this).call(body::get);
    }

    /** That of the body that is running. */
    static Purpose current() {
        return CURRENT.orElse(OTHER);
    }

    /** As it stands in reports: {@code dispatch}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
