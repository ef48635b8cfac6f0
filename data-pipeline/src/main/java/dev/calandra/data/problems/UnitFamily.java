package dev.calandra.data.problems;

import java.util.List;

/** Conversions between units of length, mass, volume and time, and sums of clock times. */
final class UnitFamily implements ProblemFamily {
    /** A unit and how many smaller ones it holds. */
    private record Unit(String one, String large, String small, int factor) {}

    private static final List<Unit> UNITS = List.of(
            new Unit("kilometre", "kilometres", "metres", 1000),
            new Unit("metre", "metres", "centimetres", 100),
            new Unit("centimetre", "centimetres", "millimetres", 10),
            new Unit("kilogram", "kilograms", "grams", 1000),
            new Unit("tonne", "tonnes", "kilograms", 1000),
            new Unit("litre", "litres", "millilitres", 1000),
            new Unit("hour", "hours", "minutes", 60),
            new Unit("minute", "minutes", "seconds", 60),
            new Unit("day", "days", "hours", 24),
            new Unit("week", "weeks", "days", 7),
            new Unit("foot", "feet", "inches", 12),
            new Unit("yard", "yards", "feet", 3));

    @Override
    public String name() {
        return "units";
    }

    @Override
    public Worked make(Draw draw) {
        Unit unit = draw.pick(UNITS);
        return switch (draw.between(0, 2)) {
            case 0 -> down(draw, unit);
            case 1 -> up(draw, unit);
            default -> clock(draw);
        };
    }

    private static Worked down(Draw draw, Unit unit) {
        int large = draw.between(2, 90);
        int small = draw.between(2, unit.factor() - 1);
        int product = large * unit.factor();
        return Worked.of(
                draw.oneOf("How many %3$s are %1$d %2$s and %4$d %3$s?", "Write %d %s and %4$d %3$s in %3$s.")
                        .formatted(large, unit.large(), unit.small(), small),
                product + small,
                "%d %s: %d * %d = %d %s.".formatted(large, unit.large(), large, unit.factor(), product, unit.small()),
                "%d + %d = %d.".formatted(product, small, product + small));
    }

    private static Worked up(Draw draw, Unit unit) {
        int large = draw.between(2, 90);
        int small = large * unit.factor();
        return Worked.of(
                "How many %s are %d %s?".formatted(unit.large(), small, unit.small()),
                large,
                "One %s is %d %s.".formatted(unit.one(), unit.factor(), unit.small()),
                "%d / %d = %d.".formatted(small, unit.factor(), large));
    }

    private static Worked clock(Draw draw) {
        int hour = draw.between(1, 18);
        int minute = 5 * draw.between(0, 11);
        int length = 5 * draw.between(3, 50);
        int total = minute + length;
        String event = draw.oneOf("train ride", "concert", "lesson", "film", "football match", "hike");
        int endHour = (hour + total / 60) % 24;
        Worked.Steps steps = new Worked.Steps()
                .say("Minutes: %d + %d = %d.", minute, length, total)
                .say(
                        "Whole hours in %d minutes: %d, because %d * 60 = %d.",
                        total, total / 60, total / 60, total / 60 * 60)
                .say("Minutes left: %d - %d = %d.", total, total / 60 * 60, total % 60)
                .say("Hours: %d + %d = %d.", hour, total / 60, hour + total / 60);
        if (hour + total / 60 >= 24) {
            steps.say("That is past midnight: %d - 24 = %d.", hour + total / 60, endHour);
        }
        return steps.answer(
                "A %s begins at %d:%02d and takes %d minutes. When does it end?".formatted(event, hour, minute, length),
                "%d:%02d".formatted(endHour, total % 60));
    }
}
