package dev.calandra.data.problems;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Greatest common divisors by Euclid's algorithm, least common multiples, and prime factors. */
final class DivisorFamily implements ProblemFamily {
    private static final List<Integer> PRIMES = List.of(2, 2, 2, 3, 3, 5, 5, 7, 11, 13);

    @Override
    public String name() {
        return "divisors";
    }

    @Override
    public Worked make(Draw draw) {
        return draw.between(0, 2) == 0 ? primeFactors(draw) : common(draw, draw.coin());
    }

    private static Worked common(Draw draw, boolean multiple) {
        int shared = draw.between(1, 15);
        int one = shared * draw.between(2, 15);
        int other = shared * draw.between(2, 15);
        Worked.Steps steps = new Worked.Steps();
        int a = Math.max(one, other);
        int b = Math.min(one, other);
        while (b > 0) {
            steps.say("%d * %d = %d, and %d - %d = %d remains.", b, a / b, b * (a / b), a, b * (a / b), a % b);
            int rest = a % b;
            a = b;
            b = rest;
        }
        steps.say("The last number that is not 0 is the greatest common divisor: %d.", a);
        if (!multiple) {
            return steps.answer("What is the greatest common divisor of %d and %d?".formatted(one, other), a);
        }
        steps.say(
                "For the least common multiple, divide and multiply: %d / %d = %d, %d * %d = %d.",
                one, a, one / a, one / a, other, one / a * other);
        return steps.answer("What is the least common multiple of %d and %d?".formatted(one, other), one / a * other);
    }

    private static Worked primeFactors(Draw draw) {
        int number = 1;
        int count = draw.between(2, 5);
        for (int i = 0; i < count; i++) {
            number *= draw.pick(PRIMES);
        }
        Worked.Steps steps = new Worked.Steps();
        List<Integer> factors = new ArrayList<>();
        int rest = number;
        for (int prime = 2; rest > 1; prime++) {
            while (rest % prime == 0) {
                if (rest > prime) {
                    steps.say("%d is divisible by %d: %d / %d = %d.", rest, prime, rest, prime, rest / prime);
                } else {
                    steps.say("%d is prime.", rest);
                }
                factors.add(prime);
                rest /= prime;
            }
        }
        String product = factors.stream().map(Object::toString).collect(Collectors.joining(" * "));
        return steps.answer("Write %d as a product of primes, smallest first.".formatted(number), product);
    }
}
