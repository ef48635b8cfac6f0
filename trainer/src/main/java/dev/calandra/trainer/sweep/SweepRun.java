package dev.calandra.trainer.sweep;

import dev.calandra.configs.AutoValues;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.Problem;
import dev.calandra.configs.Setting;
import dev.calandra.configs.SweepFile;
import dev.calandra.configs.SweepPoint;
import dev.calandra.configs.SweepPoint.Consequence;
import dev.calandra.laws.DerivedKey;
import dev.calandra.laws.ModelCost;
import dev.calandra.trainer.run.ResumeRules;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One run of a sweep.
 *
 * @param name of its folder and record: what is varied, and a digest of every key that decides the course of training, so that
 *     the same name means the same run
 * @param config with a folder of its own
 * @param varied what tells it from others of its sweep
 * @param cost of one token
 */
public record SweepRun(String name, LoadedConfig config, SequencedMap<String, String> varied, ModelCost cost) {
    private static final int LONGEST_LABEL = 80;
    private static final int DIGEST_LETTERS = 8;
    /** Decides nothing about training, but what the reported loss is a mean of. */
    private static final String EVALUATE_SEQUENCES = "run.evaluate_sequences";

    public SweepRun {
        varied = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(varied));
    }

    /**
     * The runs of a sweep file, in its order; points that come to the same config are one run.
     *
     * @param sets overrides of the command line
     * @param auto chooses what is left to a law
     * @throws ConfigException with the problems of all points, each once
     */
    public static List<SweepRun> of(SweepFile file, List<String> sets, AutoValues auto) {
        if (file.directory().contains("://")) {
            throw new ConfigException(new Problem(
                    file.file().toString(),
                    0,
                    "directory",
                    "not on local disk (%s); a sweep's records are kept locally".formatted(file.directory())));
        }
        Map<String, SweepRun> runs = new LinkedHashMap<>();
        Set<Problem> problems = new LinkedHashSet<>();
        for (SweepPoint point : file.points()) {
            try {
                SweepRun run = of(file, point, sets, auto);
                runs.putIfAbsent(run.name(), run);
            } catch (ConfigException e) {
                problems.addAll(e.problems());
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(List.copyOf(problems));
        }
        return List.copyOf(runs.values());
    }

    private static SweepRun of(SweepFile file, SweepPoint point, List<String> sets, AutoValues auto) {
        List<Consequence> derived = DerivedKey.resolve(point, sets, auto);
        LoadedConfig shared = point.load(derived, sets, auto);
        String name = name(point, shared);
        List<String> own = new ArrayList<>(sets);
        own.add("run.directory=\"" + Path.of(file.directory(), name) + "\"");
        own.add("run.threads=" + file.threadsPerRun());
        LoadedConfig config = point.load(derived, own, auto);
        PretrainConfig training = config.forTraining();
        return new SweepRun(
                name,
                config,
                point.varied(),
                ModelCost.of(training.model(), training.data().sequenceLength()));
    }

    private static String name(SweepPoint point, LoadedConfig config) {
        String label = point.varied().entrySet().stream()
                .map(entry -> entry.getKey().substring(entry.getKey().lastIndexOf('.') + 1) + "=" + entry.getValue())
                .collect(Collectors.joining("_"))
                .replaceAll("[^A-Za-z0-9=._+-]", "-");
        String digest = digest(config.settings().stream()
                .filter(setting ->
                        !ResumeRules.isFree(setting.key()) || setting.key().equals(EVALUATE_SEQUENCES))
                .toList());
        String shortened = label.substring(0, Math.min(LONGEST_LABEL, label.length()));
        return shortened.isEmpty() ? digest : shortened + "_" + digest;
    }

    private static String digest(List<Setting> settings) {
        String text = settings.stream()
                .map(setting -> setting.key() + "=" + setting.value() + "\n")
                .collect(Collectors.joining());
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, DIGEST_LETTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Tokens of the whole run. */
    public long tokens() {
        return config.config().totalTokens();
    }

    /** FLOPs that the run makes the hardware do, for estimates of time. */
    public double work() {
        return (double) cost.modelTrainingFlops() * tokens();
    }

    /** The run's folder. */
    public Path folder() {
        return Path.of(config.config().run().directory());
    }
}
