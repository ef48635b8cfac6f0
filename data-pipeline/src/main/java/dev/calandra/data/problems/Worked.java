package dev.calandra.data.problems;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A question, the steps to its answer, and the answer.
 *
 * @param steps one line each; every equation in them is of the form {@code a op b = c} with true values
 */
record Worked(String question, List<String> steps, String answer) {
    Worked {
        steps = List.copyOf(steps);
    }

    static Worked of(String question, long answer, String... steps) {
        return new Worked(question, Arrays.asList(steps), Long.toString(answer));
    }

    /** A list of steps being written. */
    static final class Steps {
        private final List<String> lines = new ArrayList<>();

        Steps say(String format, Object... arguments) {
            lines.add(arguments.length == 0 ? format : format.formatted(arguments));
            return this;
        }

        Worked answer(String question, Object answer) {
            return new Worked(question, lines, answer.toString());
        }
    }
}
