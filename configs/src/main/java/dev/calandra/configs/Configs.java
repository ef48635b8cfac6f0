package dev.calandra.configs;

import dev.calandra.configs.ValueTree.Mapping;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Loads configs from YAML. */
public final class Configs {
    /** Larger than any config a person writes; small enough that a hostile file costs nothing. */
    static final int MAX_BYTES = 256 * 1024;

    /** More than this is one mistake repeated, or not a config. */
    private static final int MAX_PROBLEMS = 100;

    private static final String CONFIG_NEEDS = "the blocks model, optimizer, data and run";

    private Configs() {}

    /**
     * Reads a config and applies overrides.
     *
     * <p>Relative paths inside the config stay as written and are relative to the working directory of the process, not to
     * the file: {@code configs/pico.yaml} works from the project's folder.
     *
     * @param file YAML 1.2, at most 256 KiB of UTF-8; no tags, anchors or aliases
     * @param sets overrides, each {@code key=value} such as {@code model.num_hidden_layers=4}; an item of a list by number
     *     or name, such as {@code data.sources.books.path=data/books}
     * @throws ConfigException carrying every problem of the file and the overrides
     */
    public static LoadedConfig load(Path file, List<String> sets) {
        return load(file, List.of(), sets, Optional.empty());
    }

    /**
     * Reads a config some of whose keys may say {@code auto}.
     *
     * @param auto chooses for them
     */
    public static LoadedConfig load(Path file, List<String> sets, AutoValues auto) {
        return load(file, List.of(), sets, Optional.of(auto));
    }

    /** Sets what a sweep file says, and then the overrides, which win. */
    static LoadedConfig load(Path file, List<SweepSetting> swept, List<String> sets, Optional<AutoValues> auto) {
        List<Problem> problems = new ArrayList<>();
        Mapping root = tree(text(file), file.toString(), swept, sets, CONFIG_NEEDS, problems);
        AutoKeys keys = AutoKeys.of(root);
        Optional<StepsOfTokens> length = StepsOfTokens.of(root);
        if (!keys.none() && auto.isEmpty()) {
            problems.add(keys.refusal());
        }
        // Before a law has chosen the batch, a step is smaller and steps are more than they are going to be.
        long most = keys.batchSize().isPresent() ? Integer.MAX_VALUE : Long.MAX_VALUE;
        Bound bound = bind(length, most, with(root, keys.standIns(root), problems), problems);
        if (!keys.none()) {
            AutoValues.Chosen chosen = auto.orElseThrow()
                    .choose(
                            (PretrainConfig) bound.config(),
                            keys.batchSize().isPresent(),
                            length.map(StepsOfTokens::tokens));
            bound = bind(length, Long.MAX_VALUE, with(root, keys.chosen(chosen), problems), problems);
        }
        PretrainConfig config = (PretrainConfig) bound.config();
        return new LoadedConfig(file.toString(), config, EffectiveConfig.settings(config, bound.origins()));
    }

    /**
     * Reads a config that is not in a file of its own, such as the one that a checkpoint carries.
     *
     * @param yaml by the rules of {@link #load}
     * @param place where it stands, for messages
     * @throws ConfigException carrying every problem
     */
    public static PretrainConfig parse(String yaml, String place) {
        List<Problem> problems = new ArrayList<>();
        Mapping root = tree(yaml, place, List.of(), List.of(), CONFIG_NEEDS, problems);
        return (PretrainConfig)
                bind(StepsOfTokens.of(root), Long.MAX_VALUE, root, problems).config();
    }

    /** Every key of a config with its value, as {@link LoadedConfig#settings} has them; where each was written is not known any more. */
    public static List<Setting> settings(PretrainConfig config) {
        return EffectiveConfig.settings(config, Map.of());
    }

    /**
     * Reads a tokenizing job, by the rules of {@link #load}.
     *
     * @throws ConfigException carrying every problem of the file and the overrides
     */
    public static TokenizeConfig loadTokenize(Path file, List<String> sets) {
        List<Problem> problems = new ArrayList<>();
        Mapping root = tree(text(file), file.toString(), List.of(), sets, "a tokenizer and sources", problems);
        return (TokenizeConfig) bind(TokenizeConfig.class, root, problems).config();
    }

    private record Bound(Record config, Map<String, Origin> origins) {}

    /** The parsed document with everything set that is to be set. */
    private static Mapping tree(
            String yaml,
            String place,
            List<SweepSetting> swept,
            List<String> sets,
            String needed,
            List<Problem> problems) {
        Mapping root = readBlock(yaml, place, "a config needs " + needed, problems);
        return new Overrides(problems).apply(with(root, swept, problems), sets);
    }

    private static Mapping with(Mapping root, List<SweepSetting> settings, List<Problem> problems) {
        Overrides overrides = new Overrides(problems);
        Mapping tree = root;
        for (SweepSetting setting : settings) {
            tree = overrides.apply(tree, setting.key(), setting.value());
        }
        return tree;
    }

    /** A config whose length may be written as tokens: its steps follow from its batch. */
    private static Bound bind(Optional<StepsOfTokens> length, long most, Mapping root, List<Problem> problems) {
        List<SweepSetting> steps =
                length.map(tokens -> List.of(tokens.setting(root, most))).orElse(List.of());
        return bind(PretrainConfig.class, with(root, steps, problems), problems);
    }

    private static Bound bind(Class<? extends Record> type, Mapping root, List<Problem> problems) {
        Binder binder = new Binder(type, problems);
        Optional<Record> config = binder.bind(root);
        if (!problems.isEmpty() || config.isEmpty()) {
            throw rejected(problems);
        }
        return new Bound(config.get(), binder.origins());
    }

    /**
     * Reads a document that is a block.
     *
     * @param needed completes "empty; ..." in a message
     * @throws ConfigException if it is none
     */
    static Mapping readBlock(String yaml, String place, String needed, List<Problem> problems) {
        Origin start = new Origin(place, 1);
        Optional<ValueTree> document = YamlReader.read(yaml, start, "", problems);
        if (document.isEmpty()) {
            if (problems.isEmpty()) {
                problems.add(new Problem(place, 0, "", "empty; " + needed));
            }
            throw rejected(problems);
        }
        if (!(document.get() instanceof Mapping root)) {
            problems.add(start.problem(
                    "",
                    "not a config (%s); write blocks such as 'model:'"
                            .formatted(document.get().shown())));
            throw rejected(problems);
        }
        return root;
    }

    /** A config built in code as YAML, every key written out; loading it gives an equal config. */
    public static String toYaml(PretrainConfig config) {
        return EffectiveConfig.yaml(config);
    }

    /**
     * Likewise, with remarks.
     *
     * @param comments by dotted key of a value, such as {@code run.steps}: one line, to stand behind it
     */
    public static String toYaml(PretrainConfig config, Map<String, String> comments) {
        return EffectiveConfig.yaml(config, comments);
    }

    /** Reads a small UTF-8 file whole. */
    static String text(Path file) {
        if (Files.isDirectory(file)) {
            throw new ConfigException(fileProblem(file, "a directory; name a file"));
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new ConfigException(
                        fileProblem(file, "too large; a config has at most %d bytes".formatted(MAX_BYTES)));
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (NoSuchFileException e) {
            throw new ConfigException(List.of(fileProblem(file, "no such file; check the path")), e);
        } catch (AccessDeniedException e) {
            throw new ConfigException(List.of(fileProblem(file, "may not be read; check its permissions")), e);
        } catch (CharacterCodingException e) {
            throw new ConfigException(List.of(fileProblem(file, "not UTF-8 text; is this the right file?")), e);
        } catch (IOException e) {
            throw new ConfigException(List.of(fileProblem(file, "cannot be read: " + e.getMessage())), e);
        }
    }

    static ConfigException rejected(List<Problem> problems) {
        List<Problem> sorted = new ArrayList<>(problems);
        // Overrides, which have no line, come after the file.
        sorted.sort(Comparator.comparingInt(problem -> problem.line() == 0 ? Integer.MAX_VALUE : problem.line()));
        if (sorted.size() > MAX_PROBLEMS) {
            Problem last = sorted.getLast();
            int more = sorted.size() - MAX_PROBLEMS;
            sorted = new ArrayList<>(sorted.subList(0, MAX_PROBLEMS));
            sorted.add(new Problem(last.file(), 0, "", "and %d more problems".formatted(more)));
        }
        return new ConfigException(sorted);
    }

    private static Problem fileProblem(Path file, String message) {
        return new Problem(file.toString(), 0, "", message);
    }
}
