package dev.calandra.data.problems;

import java.util.List;

/** Ages that are sums, differences and multiples of each other, now, earlier and later. */
final class AgeFamily implements ProblemFamily {
    @Override
    public String name() {
        return "ages";
    }

    @Override
    public Worked make(Draw draw) {
        List<String> names = Cast.two(draw);
        String young = names.get(0);
        String old = names.get(1);
        return switch (draw.between(0, 2)) {
            case 0 -> later(draw, young, old);
            case 1 -> earlier(draw, young, old);
            default -> together(draw, young, old);
        };
    }

    private static Worked later(Draw draw, String young, String old) {
        int age = draw.between(3, 20);
        int times = draw.between(2, 5);
        int years = draw.between(2, 15);
        return Worked.of(
                "%s is %d years old. %s is %d times as old. How old will %s be in %d years?"
                        .formatted(young, age, old, times, old, years),
                (long) age * times + years,
                "%s is %d * %d = %d now.".formatted(old, times, age, age * times),
                "In %d years: %d + %d = %d.".formatted(years, age * times, years, age * times + years));
    }

    private static Worked earlier(Draw draw, String young, String old) {
        int years = draw.between(2, 10);
        int then = draw.between(2, 20);
        int times = draw.between(2, 4);
        int oldThen = then * times;
        return Worked.of(
                "%d years ago %s was %d times as old as %s, who was %d then. How old is %s now?"
                        .formatted(years, old, times, young, then, old),
                oldThen + years,
                "Then %s was %d * %d = %d.".formatted(old, times, then, oldThen),
                "Now: %d + %d = %d.".formatted(oldThen, years, oldThen + years));
    }

    private static Worked together(Draw draw, String young, String old) {
        int age = draw.between(3, 40);
        int difference = draw.between(1, 30);
        int sum = 2 * age + difference;
        return Worked.of(
                "%s and %s are %d years old together. %s is %d years older. How old is %s?"
                        .formatted(young, old, sum, old, difference, young),
                age,
                "Without the difference both would be %s's age: %d - %d = %d."
                        .formatted(young, sum, difference, sum - difference),
                "%d / 2 = %d.".formatted(sum - difference, age));
    }
}
