package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The keys of a parsed config that say {@code auto}.
 *
 * @param learningRate where {@code optimizer.learning_rate} says so
 * @param batchSize where {@code run.batch_size} says so
 */
record AutoKeys(Optional<Origin> learningRate, Optional<Origin> batchSize) {
    private static final String LEARNING_RATE = "optimizer.learning_rate";
    private static final String BATCH_SIZE = "run.batch_size";
    private static final String AUTO = "auto";

    static AutoKeys of(Mapping root) {
        return new AutoKeys(
                root.scalar("optimizer", "learning_rate")
                        .filter(AutoKeys::isAuto)
                        .map(Scalar::origin),
                root.scalar("run", "batch_size").filter(AutoKeys::isAuto).map(Scalar::origin));
    }

    boolean none() {
        return learningRate.isEmpty() && batchSize.isEmpty();
    }

    /** Settings that stand in for the values, so that everything else can be read and checked. */
    List<SweepSetting> standIns(Mapping root) {
        List<SweepSetting> settings = new ArrayList<>();
        learningRate.ifPresent(origin -> settings.add(setting(LEARNING_RATE, "1e-3", ScalarType.FLOAT, origin)));
        batchSize.ifPresent(origin -> settings.add(setting(BATCH_SIZE, passSize(root), ScalarType.INTEGER, origin)));
        return settings;
    }

    /** Settings that say what was chosen, and where it comes from. */
    List<SweepSetting> chosen(AutoValues.Chosen chosen) {
        Origin origin = new Origin(AutoValues.ORIGIN + chosen.origin(), 0);
        List<SweepSetting> settings = new ArrayList<>();
        if (learningRate.isPresent()) {
            String rate = ScalarConverter.yaml(chosen.learningRate());
            settings.add(setting(LEARNING_RATE, rate, ScalarType.FLOAT, origin));
        }
        if (batchSize.isPresent()) {
            settings.add(setting(BATCH_SIZE, Integer.toString(chosen.batchSize()), ScalarType.INTEGER, origin));
        }
        return settings;
    }

    /** What is wrong with {@code auto} where nobody can choose. */
    Problem refusal() {
        String key = learningRate.isPresent() ? LEARNING_RATE : BATCH_SIZE;
        return learningRate
                .or(() -> batchSize)
                .orElseThrow()
                .problem(key, "auto is not understood here; write a number");
    }

    /** The batch must hold whole passes: one is the smallest. */
    private static String passSize(Mapping root) {
        return root.scalar("run", "micro_batch_size")
                .filter(scalar ->
                        scalar.type() == ScalarType.INTEGER && !scalar.text().matches("[-+]?0+"))
                .map(Scalar::text)
                .orElse("1");
    }

    private static boolean isAuto(Scalar scalar) {
        return scalar.type() == ScalarType.STRING && scalar.text().equals(AUTO);
    }

    private static SweepSetting setting(String key, String text, ScalarType type, Origin origin) {
        return new SweepSetting(key, new Scalar(text, type, origin));
    }
}
