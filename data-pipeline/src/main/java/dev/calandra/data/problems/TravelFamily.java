package dev.calandra.data.problems;

import java.util.List;

/** Speed, distance and time; work at a constant rate; two travellers. */
final class TravelFamily implements ProblemFamily {
    @Override
    public String name() {
        return "travel";
    }

    @Override
    public Worked make(Draw draw) {
        return switch (draw.between(0, 3)) {
            case 0 -> distance(draw);
            case 1 -> meeting(draw);
            case 2 -> catchUp(draw);
            default -> work(draw);
        };
    }

    private static Worked distance(Draw draw) {
        String vehicle = draw.oneOf("train", "bus", "cyclist", "ship", "lorry");
        int first = draw.between(10, 90);
        int second = draw.between(10, 90);
        int hoursFirst = draw.between(2, 6);
        int hoursSecond = draw.between(2, 6);
        int total = first * hoursFirst + second * hoursSecond;
        return Worked.of(
                "A %s travels %d hours at %d km/h and then %d hours at %d km/h. How many kilometres is that?"
                        .formatted(vehicle, hoursFirst, first, hoursSecond, second),
                total,
                "First part: %d * %d = %d km.".formatted(hoursFirst, first, first * hoursFirst),
                "Second part: %d * %d = %d km.".formatted(hoursSecond, second, second * hoursSecond),
                "Together: %d + %d = %d km.".formatted(first * hoursFirst, second * hoursSecond, total));
    }

    private static Worked meeting(Draw draw) {
        List<String> names = Cast.two(draw);
        int one = draw.between(4, 30);
        int other = draw.between(4, 30);
        int hours = draw.between(2, 9);
        int apart = (one + other) * hours;
        return Worked.of(
                "%s and %s are %d km apart and ride towards each other at %d km/h and %d km/h. After how many hours do they meet?"
                        .formatted(names.get(0), names.get(1), apart, one, other),
                hours,
                "Each hour they come closer by %d + %d = %d km.".formatted(one, other, one + other),
                "%d / %d = %d hours.".formatted(apart, one + other, hours));
    }

    private static Worked catchUp(Draw draw) {
        List<String> names = Cast.two(draw);
        int hours = draw.between(2, 8);
        int gain = draw.between(1, 12);
        int slow = gain * draw.between(1, 5);
        int ahead = gain * hours;
        return Worked.of(
                "%s is %d km ahead of %s and rides on at %d km/h. %s follows at %d km/h. After how many hours has %s caught up?"
                        .formatted(names.get(0), ahead, names.get(1), slow, names.get(1), slow + gain, names.get(1)),
                hours,
                "The gap closes by %d - %d = %d km each hour.".formatted(slow + gain, slow, gain),
                "%d / %d = %d hours.".formatted(ahead, gain, hours));
    }

    private static Worked work(Draw draw) {
        int machines = draw.between(2, 8);
        int rate = draw.between(3, 25);
        int hours = draw.between(2, 9);
        int made = machines * rate * hours;
        String product = draw.oneOf("cups", "bricks", "toys", "bottles", "springs");
        return Worked.of(
                "%d machines each make %d %s an hour. How many hours do they need together for %d %s?"
                        .formatted(machines, rate, product, made, product),
                hours,
                "Together they make %d * %d = %d an hour.".formatted(machines, rate, machines * rate),
                "%d / %d = %d hours.".formatted(made, machines * rate, hours));
    }
}
