package dev.calandra.data.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QualityFilterTest {
    private static final int NO_LIMIT = Integer.MAX_VALUE;

    @Test
    void withoutRulesEverythingIsKept() {
        QualityFilter filter = QualityFilter.none();
        assertThat(filter.keepsAll()).isTrue();
        assertThat(judge(filter, "", "x", "x", "x x x")).containsOnly(Optional.empty());
    }

    @Test
    void lengthsAtTheLimitsAreKept() {
        QualityFilter filter = new QualityFilter(new QualityRules(3, 5, 1, 1, false, 0), new EvaluationTexts());
        assertThat(steps(filter, "ab", "abc", "abcde", "abcdef")).containsExactly("length", "", "", "length");
    }

    @Test
    void theShareOfRepeatedLinesCounts() {
        QualityFilter filter =
                new QualityFilter(new QualityRules(0, NO_LIMIT, 0.5, 1, false, 0), new EvaluationTexts());
        assertThat(Repetition.ofLines("aaaa\nbb\n\n aaaa \ncc")).isEqualTo(4 / 12.0);
        assertThat(Repetition.ofLines("")).isZero();
        assertThat(steps(filter, "aaaa\nbb\naaaa\ncc", "a\na\na", "a\na")).containsExactly("", "repetition", "");
    }

    @Test
    void theShareOfRepeatedWordSequencesCounts() {
        String ten = words(new Random(1), 10);
        assertThat(Repetition.ofNgrams(Words.of(ten))).isZero();
        assertThat(Repetition.ofNgrams(Words.of(ten + " " + ten))).isEqualTo(0.5);
        // Sequences that overlap count their words once.
        assertThat(Repetition.ofNgrams(Words.of("one ".repeat(40)))).isEqualTo(39 / 40.0);
        QualityFilter filter =
                new QualityFilter(new QualityRules(0, NO_LIMIT, 1, 0.4, false, 0), new EvaluationTexts());
        assertThat(steps(filter, ten, ten + ". " + ten.toUpperCase())).containsExactly("", "repetition");
    }

    @Test
    void thirteenWordsOfAnEvaluationTextAreSeenHoweverTheyAreWritten() {
        Random random = new Random(2);
        String test = words(random, 30);
        EvaluationTexts evaluation = new EvaluationTexts();
        evaluation.add("too short for thirteen words");
        evaluation.add(test);
        assertThat(evaluation.tooShort()).isEqualTo(1);
        QualityFilter filter = new QualityFilter(QualityRules.NONE, evaluation);
        assertThat(filter.keepsAll()).isFalse();
        String[] inTest = test.split(" ");
        for (int from = 0; from + 13 <= inTest.length; from++) {
            String twelve = String.join(" ", Arrays.copyOfRange(inTest, from, from + 12));
            String thirteen = String.join(",\n", Arrays.copyOfRange(inTest, from, from + 13))
                    .toUpperCase();
            String around = words(random, 50);
            assertThat(steps(filter, around + " " + twelve + " " + around, around + " " + thirteen + ". " + around))
                    .containsExactly("", "contamination");
        }
        assertThat(judge(filter, test).getFirst().orElseThrow().reason()).contains("evaluation text 2");
    }

    @Test
    void exactDuplicatesAreFoundAcrossSources() {
        QualityFilter filter = new QualityFilter(new QualityRules(0, NO_LIMIT, 1, 1, true, 0), new EvaluationTexts());
        assertThat(filter.judge("books", 0, filter.assess("a text"))).isEmpty();
        assertThat(filter.judge("web", 0, filter.assess("a text "))).isEmpty();
        assertThat(filter.judge("web", 1, filter.assess("a text")))
                .contains(new Drop(QualityStep.EXACT_DUPLICATE, "the same text as document 1 of books"));
    }

    /** Documents in which some words were exchanged: duplicates above the threshold are found, others kept. */
    @ParameterizedTest
    @ValueSource(doubles = {0.6, 0.8, 0.9})
    void nearDuplicatesAreFound(double threshold) {
        Random random = new Random(3);
        int found = 0;
        int duplicates = 0;
        int wrong = 0;
        for (int trial = 0; trial < 200; trial++) {
            QualityFilter filter =
                    new QualityFilter(new QualityRules(0, NO_LIMIT, 1, 1, false, threshold), new EvaluationTexts());
            String[] words = words(random, 400).split(" ");
            String original = String.join(" ", words);
            int changes = random.nextInt(40);
            for (int i = 0; i < changes; i++) {
                words[random.nextInt(words.length)] = words(random, 1);
            }
            String changed = String.join(" ", words);
            boolean dropped = steps(filter, original, changed).get(1).equals("near_duplicate");
            double similarity = jaccard(original, changed);
            if (similarity > threshold + (1 - threshold) / 2) {
                duplicates++;
                found += dropped ? 1 : 0;
            } else if (similarity < threshold - 0.15 && dropped) {
                wrong++;
            }
        }
        assertThat(duplicates).as("threshold %s, seed 3", threshold).isGreaterThan(5);
        assertThat((double) found / duplicates)
                .as("threshold %s, seed 3", threshold)
                .isGreaterThan(0.9);
        assertThat(wrong).as("threshold %s, seed 3", threshold).isZero();
    }

    @Test
    void signaturesEstimateTheSimilarity() {
        Random random = new Random(4);
        for (int shared = 0; shared <= 1000; shared += 100) {
            int both = shared;
            long[] common = random.longs(both).toArray();
            double error = 0;
            for (int trial = 0; trial < 10; trial++) {
                long[] one = LongStream.concat(Arrays.stream(common), random.longs(1000 - both))
                        .toArray();
                long[] other = LongStream.concat(Arrays.stream(common), random.longs(1000 - both))
                        .toArray();
                double estimate = MinHash.similarity(
                        MinHash.compact(MinHash.signature(one)), MinHash.compact(MinHash.signature(other)));
                error += estimate - (double) both / (2000 - both);
            }
            // Ten estimates from 128 places each: a standard error of at most 0.014.
            assertThat(error / 10).as("%d of 1000 shared, seed 4", both).isCloseTo(0, within(0.05));
        }
    }

    @Test
    void documentsInTheSameOrderGiveTheSameDecisions() {
        Random random = new Random(5);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            texts.add(i > 10 && random.nextInt(3) == 0 ? texts.get(random.nextInt(i)) + " more" : words(random, 60));
        }
        QualityRules rules = new QualityRules(0, NO_LIMIT, 0.9, 0.9, true, 0.8);
        String[] all = texts.toArray(String[]::new);
        List<String> once = steps(new QualityFilter(rules, new EvaluationTexts()), all);
        assertThat(once).contains("", "near_duplicate");
        assertThat(steps(new QualityFilter(rules, new EvaluationTexts()), all)).isEqualTo(once);
    }

    @Test
    void aTableHoldsWhatWasPut() {
        Random random = new Random(6);
        LongTable table = new LongTable();
        List<Long> keys = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            long key = i % 5 == 0 ? i : random.nextLong();
            assertThat(table.putIfAbsent(key, i)).isEqualTo(LongTable.ABSENT);
            assertThat(table.putIfAbsent(key, -7)).isEqualTo(i);
            keys.add(key);
        }
        assertThat(table.size()).isEqualTo(20_000);
        for (int i = 0; i < keys.size(); i++) {
            assertThat(table.get(keys.get(i))).isEqualTo(i);
        }
        assertThat(table.contains(1)).isFalse();
    }

    @Test
    void rulesOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new QualityRules(5, 4, 1, 1, false, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new QualityRules(0, 4, 1.1, 1, false, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new QualityRules(0, 4, 1, 1, false, 0.3)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Optional<Drop>> judge(QualityFilter filter, String... texts) {
        return IntStream.range(0, texts.length)
                .mapToObj(i -> filter.judge("test", i, filter.assess(texts[i])))
                .toList();
    }

    /** The label of the step that drops each text, or an empty string. */
    private static List<String> steps(QualityFilter filter, String... texts) {
        return judge(filter, texts).stream()
                .map(drop -> drop.map(d -> d.step().label()).orElse(""))
                .toList();
    }

    private static String words(Random random, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "w" + random.nextInt(100_000))
                .collect(Collectors.joining(" "));
    }

    /** Of five-word sequences, by the definition. */
    private static double jaccard(String one, String other) {
        Set<String> both = new HashSet<>(sequences(one));
        Set<String> all = new HashSet<>(both);
        all.addAll(sequences(other));
        both.retainAll(sequences(other));
        return (double) both.size() / all.size();
    }

    private static Set<String> sequences(String text) {
        String[] words = text.split(" ");
        return IntStream.rangeClosed(0, words.length - 5)
                .mapToObj(i -> String.join(" ", Arrays.copyOfRange(words, i, i + 5)))
                .collect(Collectors.toSet());
    }
}
