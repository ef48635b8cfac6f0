package dev.calandra.data.problems;

import java.util.List;

/**
 * Problems without end: {@link #problem} is a pure function of (seed, index), so any of them can be made again at any time. Different seeds
 * give different problems; use one for training and another for evaluation.
 */
public final class ProblemGenerator {
    private static final List<ProblemFamily> FAMILIES = List.of(
            new AdditionFamily(),
            new SubtractionFamily(),
            new MultiplicationFamily(),
            new DivisionFamily(),
            new FractionFamily(),
            new PercentageFamily(),
            new EquationFamily(),
            new SequenceFamily(),
            new UnitFamily(),
            new ExpressionFamily(),
            new DivisorFamily(),
            new AverageFamily(),
            new ShoppingFamily(),
            new SharingFamily(),
            new TravelFamily(),
            new AgeFamily());

    private final long seed;

    public ProblemGenerator(long seed) {
        this.seed = seed;
    }

    /** Names of the families, in the order of their code. */
    public static List<String> families() {
        return FAMILIES.stream().map(ProblemFamily::name).toList();
    }

    /** The problem with a number, 0 or more. */
    public Problem problem(long index) {
        Draw draw = new Draw(seed, index);
        ProblemFamily family = draw.pick(FAMILIES);
        Worked worked = family.make(draw);
        return new Problem(index, family.name(), worked.question(), String.join("\n", worked.steps()), worked.answer());
    }
}
