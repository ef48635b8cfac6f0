package dev.calandra.data.problems;

/** A kind of problem: how it is asked, worked and answered. */
interface ProblemFamily {
    /** Name in records and reports. */
    String name();

    /** A problem made of random choices, and of nothing else. */
    Worked make(Draw draw);
}
