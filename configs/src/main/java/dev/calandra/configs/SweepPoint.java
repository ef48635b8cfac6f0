package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** One run of a sweep, before what it derives (steps from a budget, say) has been worked out. */
public final class SweepPoint {
    /** How keys begin whose value is not itself a config key's but leads to one. */
    static final String DERIVED = "derive.";

    private final Path base;
    private final List<SweepSetting> plain = new ArrayList<>();
    private final SequencedMap<String, Scalar> derived = new LinkedHashMap<>();
    private final SequencedMap<String, String> varied;

    /**
     * @param settings by key; those that begin with {@value #DERIVED} hold numbers
     * @param varied what tells this point from others of its sweep: key to value as written
     */
    SweepPoint(Path base, SequencedMap<String, SweepSetting> settings, SequencedMap<String, String> varied) {
        this.base = base;
        this.varied = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(varied));
        settings.forEach((key, setting) -> {
            if (key.startsWith(DERIVED)) {
                derived.put(key.substring(DERIVED.length()), (Scalar) setting.value());
            } else {
                plain.add(setting);
            }
        });
    }

    /** What tells this point from others of its sweep: key to value as written. */
    public SequencedMap<String, String> varied() {
        return varied;
    }

    /** Numbers behind the keys {@code derive.NAME}, by name. */
    public Map<String, Double> derived() {
        Map<String, Double> numbers = new LinkedHashMap<>();
        derived.forEach((name, value) -> numbers.put(name, Double.parseDouble(value.text())));
        return numbers;
    }

    /**
     * A key that follows from a derived one.
     *
     * @param from name behind {@code derive.}
     * @param value YAML of an integer, or of tokens where steps are to follow from a batch that a law chooses: {@code 1e6 tokens}
     */
    public record Consequence(String from, String key, String value) {}

    /**
     * The config of this point.
     *
     * @param consequences of derived keys, applied in order after the file's own settings
     * @param sets overrides of the command line, applied last
     * @param auto chooses what is left to a law
     * @throws ConfigException with file and line of the sweep file or the base config
     */
    public LoadedConfig load(List<Consequence> consequences, List<String> sets, AutoValues auto) {
        List<SweepSetting> all = new ArrayList<>(plain);
        for (Consequence consequence : consequences) {
            Origin origin = derived.get(consequence.from()).origin();
            ScalarType type = consequence.value().matches("\\d+") ? ScalarType.INTEGER : ScalarType.STRING;
            all.add(new SweepSetting(consequence.key(), new Scalar(consequence.value(), type, origin)));
        }
        return Configs.load(base, all, sets, Optional.of(auto));
    }

    /** A complaint about a derived key, at its place in the sweep file. */
    public ConfigException problem(String name, String message) {
        return new ConfigException(derived.get(name).origin().problem(DERIVED + name, message));
    }
}
