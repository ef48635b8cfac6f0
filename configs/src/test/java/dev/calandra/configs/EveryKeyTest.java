package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.Schema.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every key of the schema, tried on a config in which each of them is written on a line of its own. */
class EveryKeyTest {
    /**
     * A key and the line that sets it.
     *
     * @param block line of the block around it, where its absence is reported
     */
    record Written(Field field, String key, int line, int block) {
        @Override
        public String toString() {
            return key;
        }
    }

    private static final List<String> LINES = Configs.load(Path.of("pico.yaml"), List.of())
            .effectiveYaml()
            .lines()
            .toList();

    @TempDir
    private Path folder;

    /** Every scalar key: the walk of the schema and the lines of the effective config go in step. */
    static Stream<Written> scalarKeys() {
        List<Written> keys = new ArrayList<>();
        walk(PretrainConfig.class, "", 1, keys);
        return keys.stream().filter(written -> written.field() != null);
    }

    private static void walk(Class<? extends Record> type, String path, int block, List<Written> keys) {
        boolean first = true;
        for (Field field : Schema.of(type).fields()) {
            String key = path + field.key();
            int line = keys.size() + 1;
            if (field.isBlock()) {
                keys.add(new Written(null, key, line, block));
                walk(field.blockType(), key + ".", line, keys);
            } else if (field.itemType().isPresent()) {
                keys.add(new Written(null, key, line, block));
                int items = Map.of("sources", 3, "mixture", 2).getOrDefault(field.key(), 0);
                for (int i = 0; i < items; i++) {
                    walk(field.itemType().get(), key + "." + i + ".", keys.size() + 1, keys);
                }
            } else {
                boolean item = path.matches(".*\\.\\d+\\.") && first;
                // A list item begins with its first key, so without that key it begins on the next line.
                keys.add(new Written(field, key, line, item ? block + 1 : block));
            }
            first = false;
        }
    }

    private String withLine(int line, String text) {
        return String.join(
                        "\n",
                        IntStream.rangeClosed(1, LINES.size())
                                .mapToObj(i -> i == line ? text : LINES.get(i - 1))
                                .toList())
                + "\n";
    }

    @ParameterizedTest
    @MethodSource("scalarKeys")
    void aValueOfTheWrongTypeIsNamed(Written written) {
        String line = LINES.get(written.line() - 1);
        assertThat(line).contains(written.field().key() + ":");
        Class<?> type = written.field().type();
        List<String> wrong = type == String.class || type == Path.class
                ? List.of("12", "0.5", "true", "[a]", "{a: 1}")
                : type == double.class
                        ? List.of("word", "true", "'1'", "[1]", "{a: 1}")
                        : List.of("word", "0.5", "[1]", "{a: 1}");
        for (String value : wrong) {
            String text = withLine(written.line(), line.substring(0, line.indexOf(':') + 1) + " " + value);
            assertThat(ConfigFixture.problems(folder, text))
                    .singleElement()
                    .asString()
                    .startsWith("test.yaml:%d: %s: not ".formatted(written.line(), written.key()));
        }
    }

    @ParameterizedTest
    @MethodSource("scalarKeys")
    void aMissingKeyHasItsDefaultOrIsReportedAtItsBlock(Written written) {
        String line = LINES.get(written.line() - 1);
        String text = withLine(written.line(), line.contains("- ") ? line.substring(0, line.indexOf("- ") + 2) : "");
        List<String> problems = ConfigFixture.problems(folder, text);
        if (written.field().isRequired()) {
            assertThat(problems)
                    .containsExactly("test.yaml:%d: %s: missing; required: %s"
                            .formatted(
                                    written.block(),
                                    written.key(),
                                    written.field().description()));
        } else {
            assertThat(problems).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("scalarKeys")
    void aMisspeltKeyIsRecognised(Written written) {
        long seed = written.key().hashCode();
        Random random = new Random(seed);
        String line = LINES.get(written.line() - 1);
        String name = written.field().key();
        for (int i = 0; i < 10; i++) {
            String misspelt = misspell(name, random);
            String parent = written.key().substring(0, written.key().length() - name.length());
            assertThat(ConfigFixture.problems(
                            folder, withLine(written.line(), line.replace(name + ":", misspelt + ":"))))
                    .describedAs("%s for %s, seed %d", misspelt, name, seed)
                    .anySatisfy(problem -> assertThat(problem)
                            .startsWith("test.yaml:%d: %s%s: unknown key; did you mean "
                                    .formatted(written.line(), parent, misspelt))
                            .matches(".* (mean|or) " + name + "( or .*)?\\?"))
                    .noneMatch(problem -> problem.contains("missing"));
        }
    }

    /** One letter dropped, doubled, replaced or swapped with its neighbour; never the same word, never an empty one. */
    private static String misspell(String name, Random random) {
        while (true) {
            int i = random.nextInt(name.length() - 1);
            String head = name.substring(0, i);
            String tail = name.substring(i + 1);
            String wrong = switch (random.nextInt(4)) {
                case 0 -> head + tail;
                case 1 -> head + name.charAt(i) + name.charAt(i) + tail;
                case 2 -> head + "x" + tail;
                default -> head + tail.charAt(0) + name.charAt(i) + tail.substring(1);
            };
            if (!wrong.equals(name)) {
                return wrong;
            }
        }
    }

    @Test
    void everySettingHasADescriptionAndAnOrigin() {
        List<Setting> settings =
                ConfigFixture.load(folder, ConfigFixture.VALID, "run.seed=7").settings();
        assertThat(settings)
                .allSatisfy(setting -> assertThat(setting.description()).endsWith("."));
        assertThat(settings)
                .contains(
                        new Setting("model.hidden_size", "256", "test.yaml:3", "Width of the residual stream."),
                        new Setting("run.seed", "7", "--set", "Seed of initial weights and data order."),
                        new Setting(
                                "run.threads",
                                "0",
                                "default",
                                "Worker threads; 0 = all cores. Bit-exact repetition needs the same number."),
                        new Setting(
                                "data.mixture.1.reasoning",
                                "0.46",
                                "test.yaml:30",
                                "Share of tokens from reasoning sources at this point, 0 to 1."));
    }
}
