package dev.calandra.laws.choice;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.DerivedKey;
import java.util.ArrayList;
import java.util.List;

/**
 * A size on the ladder that recommendations choose from.
 *
 * @param width of the residual stream
 * @param depth decoder layers
 */
public record Rung(int width, int depth) {
    /**
     * From the sizes of the sweep in configs/sweeps, through those of Ling's small runs (arXiv 2507.17702, Table 7), to Ling 2.0's
     * own (arXiv 2510.22115, Table 1).
     */
    public static final List<Rung> LADDER = List.of(
            new Rung(32, 2),
            new Rung(64, 3),
            new Rung(96, 4),
            new Rung(160, 5),
            new Rung(256, 6),
            new Rung(384, 8),
            new Rung(512, 8),
            new Rung(640, 10),
            new Rung(768, 14),
            new Rung(1024, 16),
            new Rung(1280, 22),
            new Rung(2048, 20),
            new Rung(4096, 32),
            new Rung(8192, 80));

    /** Whether a config can take this size: its heads keep their size, and its dense layers their number. */
    boolean fits(PretrainConfig base) {
        return width % base.model().headDim() == 0 && depth >= base.model().firstKDenseReplace();
    }

    /** The size as settings of a config. */
    List<String> settings(PretrainConfig base) {
        List<String> settings = new ArrayList<>();
        settings.add("model.num_hidden_layers=" + depth);
        DerivedKey.WIDTH
                .consequences(base, width)
                .forEach(consequence -> settings.add(consequence.key() + "=" + consequence.value()));
        return settings;
    }
}
