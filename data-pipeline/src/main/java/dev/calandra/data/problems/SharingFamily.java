package dev.calandra.data.problems;

import java.util.List;

/** Collections that grow, shrink, are given away, packed in boxes or shared out. */
final class SharingFamily implements ProblemFamily {
    @Override
    public String name() {
        return "sharing";
    }

    @Override
    public Worked make(Draw draw) {
        return switch (draw.between(0, 3)) {
            case 0 -> gift(draw);
            case 1 -> equalShares(draw);
            case 2 -> boxes(draw);
            default -> multiple(draw);
        };
    }

    private static Worked gift(Draw draw) {
        List<String> names = Cast.two(draw);
        Cast.Thing thing = draw.pick(Cast.SMALL_THINGS);
        int start = draw.between(20, 120);
        int given = draw.between(3, 18);
        int found = draw.between(2, 40);
        int left = start - given;
        return Worked.of(
                draw.oneOf(
                                "%1$s has %3$s, gives %4$d of them to %2$s and finds %5$d more. How many %6$s does %1$s have now?",
                                "%1$s starts the day with %3$s. %2$s gets %4$d of them, and later %1$s finds another %5$d. How many %6$s are %1$s's in the evening?")
                        .formatted(names.get(0), names.get(1), thing.count(start), given, found, thing.many()),
                left + found,
                "After giving some away: %d - %d = %d.".formatted(start, given, left),
                "After finding more: %d + %d = %d.".formatted(left, found, left + found));
    }

    private static Worked equalShares(Draw draw) {
        List<String> names = Cast.two(draw);
        Cast.Thing thing = draw.pick(Cast.SMALL_THINGS);
        int friends = draw.between(2, 9);
        int share = draw.between(3, 25);
        int kept = draw.between(1, 12);
        int total = friends * share + kept;
        return Worked.of(
                "%s and %s collected %s. They keep %d for the school and divide the rest equally among %d friends. How many %s does each friend get?"
                        .formatted(names.get(0), names.get(1), thing.count(total), kept, friends, thing.many()),
                share,
                "To be divided: %d - %d = %d.".formatted(total, kept, total - kept),
                "For each friend: %d / %d = %d.".formatted(total - kept, friends, share));
    }

    private static Worked boxes(Draw draw) {
        Cast.Thing thing = draw.pick(Cast.SMALL_THINGS);
        int perBox = draw.between(4, 15);
        int full = draw.between(3, 20);
        int rest = draw.between(0, perBox - 1);
        int total = perBox * full + rest;
        int needed = rest == 0 ? full : full + 1;
        Worked.Steps steps = new Worked.Steps()
                .say("%d full boxes hold %d * %d = %d.", full, full, perBox, perBox * full)
                .say("Left over: %d - %d = %d.", total, perBox * full, rest);
        if (rest > 0) {
            steps.say("The rest needs one more box: %d + 1 = %d.", full, needed);
        }
        return steps.answer(
                "A box holds %s. How many boxes are needed for %s?".formatted(thing.count(perBox), thing.count(total)),
                needed);
    }

    private static Worked multiple(Draw draw) {
        List<String> names = Cast.two(draw);
        Cast.Thing thing = draw.pick(Cast.SMALL_THINGS);
        int base = draw.between(3, 40);
        int times = draw.between(2, 6);
        int more = draw.between(1, 20);
        int other = base * times + more;
        return Worked.of(
                "%s has %s. %s has %d more than %d times as many. How many %s do they have together?"
                        .formatted(names.get(0), thing.count(base), names.get(1), more, times, thing.many()),
                base + other,
                "%d times as many: %d * %d = %d.".formatted(times, times, base, times * base),
                "%s has %d + %d = %d.".formatted(names.get(1), times * base, more, other),
                "Together: %d + %d = %d.".formatted(base, other, base + other));
    }
}
