package dev.calandra.data.problems;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ProblemGeneratorTest {
    private static final int MANY = 6_000;

    /** {@code a op b = c}, or a sum of more terms, of whole or decimal numbers. */
    private static final Pattern EQUATION = Pattern.compile(
            "(?<![\\w./] |[\\w./])(-?\\d+(?:\\.\\d+)?(?: [+*/-] -?\\d+)+) = (-?\\d+(?:\\.\\d+)?)(?![\\d/])");

    private final ProblemGenerator generator = new ProblemGenerator(42);

    @Test
    void aProblemDependsOnSeedAndIndexOnly() {
        ProblemGenerator again = new ProblemGenerator(42);
        ProblemGenerator other = new ProblemGenerator(43);
        int same = 0;
        for (int i = 499; i >= 0; i--) {
            assertThat(again.problem(i)).isEqualTo(generator.problem(i));
            same += other.problem(i).question().equals(generator.problem(i).question()) ? 1 : 0;
        }
        assertThat(same).isLessThan(25);
    }

    @Test
    void everyFamilyComesUpAndSaysSomethingNew() {
        Map<String, Integer> counts = new HashMap<>();
        Set<String> questions = new HashSet<>();
        for (int i = 0; i < MANY; i++) {
            Problem problem = generator.problem(i);
            counts.merge(problem.family(), 1, Integer::sum);
            questions.add(problem.question());
        }
        assertThat(counts).hasSize(ProblemGenerator.families().size());
        assertThat(counts.values())
                .allMatch(count -> count > MANY / ProblemGenerator.families().size() / 2);
        assertThat(questions).hasSizeGreaterThan(MANY * 9 / 10);
    }

    @Test
    void everyEquationInTheStepsIsTrue() {
        int checked = 0;
        for (int i = 0; i < MANY; i++) {
            Problem problem = generator.problem(i);
            Matcher equation = EQUATION.matcher(problem.solution());
            while (equation.find()) {
                assertThat(isTrue(equation))
                        .as("'%s' in problem %d (%s):%n%s", equation.group(), i, problem.family(), problem.text())
                        .isTrue();
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(2 * MANY);
    }

    /** The plain questions are computed again from their own words, without the generator's arithmetic. */
    @Test
    void answersOfPlainQuestionsAreRight() {
        Pattern plain = Pattern.compile("(?:What is|Compute|Multiply|Add) (\\d+) (\\+|-|\\*|by|and) (\\d+)[.?]");
        int checked = 0;
        for (int i = 0; i < MANY; i++) {
            Problem problem = generator.problem(i);
            Matcher question = plain.matcher(problem.question());
            if (question.matches()) {
                long a = Long.parseLong(question.group(1));
                long b = Long.parseLong(question.group(3));
                long expected = switch (question.group(2)) {
                    case "+", "and" -> a + b;
                    case "-" -> a - b;
                    default -> a * b;
                };
                assertThat(problem.answer()).as(problem.question()).isEqualTo(Long.toString(expected));
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(150);
    }

    @Test
    void linearEquationsHoldForTheirAnswer() {
        Pattern linear = Pattern.compile(".*?(\\d+)x \\+ (\\d+) = (?:(\\d+)x \\+ )?(\\d+)[.].*");
        int checked = 0;
        for (int i = 0; i < MANY; i++) {
            Problem problem = generator.problem(i);
            Matcher equation = linear.matcher(problem.question());
            if (problem.family().equals("equations") && equation.matches()) {
                int x = Integer.parseInt(problem.answer());
                int right = equation.group(3) == null ? 0 : Integer.parseInt(equation.group(3)) * x;
                assertThat(Integer.parseInt(equation.group(1)) * x + Integer.parseInt(equation.group(2)))
                        .as(problem.question())
                        .isEqualTo(right + Integer.parseInt(equation.group(4)));
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(80);
    }

    /** A worked solution must lead to its answer: the answer's numbers stand in the steps. */
    @Test
    void theStepsReachTheAnswer() {
        for (int i = 0; i < MANY; i++) {
            Problem problem = generator.problem(i);
            Matcher number = Pattern.compile("\\d+").matcher(problem.answer());
            while (number.find()) {
                // A time may have its minutes as 05 where the steps have 5.
                String digits = number.group().replaceFirst("^0+(?=\\d)", "");
                assertThat(Pattern.compile("(?<!\\d)0*" + digits + "(?!\\d)")
                                .matcher(problem.solution())
                                .find())
                        .as("%s in problem %d:%n%s", digits, i, problem.text())
                        .isTrue();
            }
        }
    }

    @Test
    void everyProblemPassesItsOwnCheckAndAnotherAnswerDoesNot() {
        for (int i = 0; i < 2000; i++) {
            Problem problem = generator.problem(i);
            assertThat(AnswerChecker.isCorrect(problem, problem.text()))
                    .as(problem.text())
                    .isTrue();
            assertThat(AnswerChecker.isCorrect(problem, problem.text() + "\nAnswer: 987654321"))
                    .as(problem.text())
                    .isFalse();
            assertThat(problem.text().substring(problem.solutionStart()))
                    .startsWith(" ")
                    .contains(problem.solution());
            assertThat(problem.text()).doesNotContain("%d").doesNotContain("%s").isASCII();
        }
    }

    private static boolean isTrue(Matcher equation) {
        String[] terms = equation.group(1).split(" ");
        BigDecimal left = new BigDecimal(terms[0]);
        for (int i = 1; i < terms.length; i += 2) {
            BigDecimal next = new BigDecimal(terms[i + 1]);
            left = switch (terms[i]) {
                case "+" -> left.add(next);
                case "-" -> left.subtract(next);
                case "*" -> left.multiply(next);
                default -> left.divide(next);
            };
        }
        return left.compareTo(new BigDecimal(equation.group(2))) == 0;
    }
}
