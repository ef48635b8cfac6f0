package dev.calandra.data.problems;

/**
 * One problem with its worked solution.
 *
 * @param index its number in the generator's order
 * @param family name of the family it belongs to
 * @param question what is asked
 * @param solution the steps, one a line, without the answer line
 * @param answer the final answer in the form that {@link AnswerChecker} reads
 */
public record Problem(long index, String family, String question, String solution, String answer) {

    /** What a model is given: the text up to where its own work begins. */
    public String prompt() {
        return "Question: " + question + "\nSolution:";
    }

    /** The whole text: prompt, steps, answer. */
    public String text() {
        return prompt() + " " + solution + "\n" + AnswerChecker.MARK + " " + answer + "\n";
    }

    /** Index in {@link #text} (UTF-16 units) where the solution begins: the model is to learn from here on. */
    public int solutionStart() {
        return prompt().length();
    }
}
