package dev.calandra.data.problems;

import java.util.List;

/** Buying, paying and saving: two to four steps. */
final class ShoppingFamily implements ProblemFamily {
    @Override
    public String name() {
        return "shopping";
    }

    @Override
    public Worked make(Draw draw) {
        return switch (draw.between(0, 3)) {
            case 0 -> change(draw);
            case 1 -> twoGoods(draw);
            case 2 -> saving(draw);
            default -> profit(draw);
        };
    }

    private static Worked change(Draw draw) {
        Cast.Thing thing = draw.pick(Cast.GOODS);
        int count = draw.between(2, 12);
        int price = draw.between(2, 9);
        int cost = count * price;
        int paid = (cost / 10 + draw.between(1, 4)) * 10;
        return Worked.of(
                draw.oneOf(
                                "%s buys %s at $%d each and pays with $%d. How many dollars come back?",
                                "One %5$s costs $%3$d. %1$s takes %2$s and gives the cashier $%4$d. How much change is due, in dollars?")
                        .formatted(draw.pick(Cast.NAMES), thing.count(count), price, paid, thing.one()),
                paid - cost,
                "The price of all: %d * %d = %d dollars.".formatted(count, price, cost),
                "The change: %d - %d = %d dollars.".formatted(paid, cost, paid - cost));
    }

    private static Worked twoGoods(Draw draw) {
        int first = draw.between(0, Cast.GOODS.size() - 1);
        Cast.Thing one = Cast.GOODS.get(first);
        Cast.Thing other = Cast.GOODS.get((first + draw.between(1, Cast.GOODS.size() - 1)) % Cast.GOODS.size());
        int a = draw.between(2, 9);
        int b = draw.between(2, 9);
        int priceA = draw.between(2, 12);
        int priceB = draw.between(2, 12);
        int total = a * priceA + b * priceB;
        return Worked.of(
                "%s needs %s for $%d each and %s for $%d each. What is the bill in dollars?"
                        .formatted(draw.pick(Cast.NAMES), one.count(a), priceA, other.count(b), priceB),
                total,
                "The %s: %d * %d = %d dollars.".formatted(one.many(), a, priceA, a * priceA),
                "The %s: %d * %d = %d dollars.".formatted(other.many(), b, priceB, b * priceB),
                "Together: %d + %d = %d dollars.".formatted(a * priceA, b * priceB, total));
    }

    private static Worked saving(Draw draw) {
        String name = draw.pick(Cast.NAMES);
        int weekly = draw.between(3, 20);
        int weeks = draw.between(4, 20);
        int already = draw.between(5, 60);
        int goal = already + weekly * weeks;
        String wish = draw.oneOf("a drum", "a telescope", "a chess set", "a pair of skates", "a kite", "a dictionary");
        return Worked.of(
                "%s wants %s for $%d, has $%d and saves $%d a week. After how many weeks is it enough?"
                        .formatted(name, wish, goal, already, weekly),
                weeks,
                "Still missing: %d - %d = %d dollars.".formatted(goal, already, goal - already),
                "Weeks: %d / %d = %d.".formatted(goal - already, weekly, weeks));
    }

    private static Worked profit(Draw draw) {
        List<String> names = Cast.two(draw);
        Cast.Thing thing = draw.pick(Cast.GOODS);
        int count = draw.between(10, 60);
        int bought = draw.between(2, 9);
        int sold = bought + draw.between(1, 6);
        int broken = draw.between(1, 5);
        int income = (count - broken) * sold;
        int cost = count * bought;
        return Worked.of(
                "%s and %s buy %s for $%d each. %s cannot be sold, the rest sell for $%d each. By how many dollars is the income above the cost? (Below is negative.)"
                        .formatted(names.get(0), names.get(1), thing.count(count), bought, thing.count(broken), sold),
                income - cost,
                "Cost: %d * %d = %d dollars.".formatted(count, bought, cost),
                "Sold: %d - %d = %d.".formatted(count, broken, count - broken),
                "Income: %d * %d = %d dollars.".formatted(count - broken, sold, income),
                "Difference: %d - %d = %d dollars.".formatted(income, cost, income - cost));
    }
}
