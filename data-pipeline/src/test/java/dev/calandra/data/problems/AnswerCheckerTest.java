package dev.calandra.data.problems;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerCheckerTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1250 | 1,250",
                "1250 | 1250.",
                "12 | $12",
                "12 | 12 dollars",
                "12 | x = 12",
                "12 | 12.00",
                "-3 | -3",
                "1/2 | 2/4",
                "1/2 | 0.5",
                "85% | 85",
                "17 remainder 3 | 17 R 3",
                "17 remainder 3 | 17 r3",
                "equal | Equal.",
                "2 * 3 * 5 | 2  *  3 * 5",
                "9:05 | 9:05"
            })
    void equalAnswers(String one, String other) {
        assertThat(AnswerChecker.sameValue(one, other)).isTrue();
        assertThat(AnswerChecker.sameValue(other, one)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "12 | 13",
                "12 | -12",
                "12 | 1.2",
                "12 | 12 or 13",
                "17 | 17 remainder 3",
                "17 remainder 3 | 17 remainder 4",
                "9:05 | 9:30",
                "2 * 3 * 5 | 2 * 3 * 7",
                "1/2 | 1/0",
                "1/2 | 1/3",
                "equal | 1/2"
            })
    void differentAnswers(String one, String other) {
        assertThat(AnswerChecker.sameValue(one, other)).isFalse();
        assertThat(AnswerChecker.sameValue(other, one)).isFalse();
    }

    @Test
    void theLastAnswerLineCounts() {
        assertThat(AnswerChecker.answerIn("Answer: 5\nNo.\nAnswer: 6 \nand more"))
                .contains("6");
        assertThat(AnswerChecker.answerIn("no mark")).isEmpty();
        assertThat(AnswerChecker.answerIn("Answer:")).isEmpty();
        assertThat(AnswerChecker.answerIn("Answer:\n5")).isEmpty();
    }
}
