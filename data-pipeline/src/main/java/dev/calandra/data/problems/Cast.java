package dev.calandra.data.problems;

import java.util.List;

/** Who and what the word problems are about. */
final class Cast {
    static final List<String> NAMES = List.of(
            "Ada", "Amir", "Bela", "Carla", "Chidi", "Dana", "Elif", "Emil", "Farah", "Georg", "Hana", "Ines", "Ivo",
            "Jonas", "Kofi", "Lena", "Luis", "Mara", "Mei", "Milan", "Nadia", "Noor", "Olga", "Pavel", "Priya", "Rosa",
            "Samir", "Sofia", "Tariq", "Tomas", "Uma", "Vera", "Wei", "Yara", "Yusuf", "Zoe");

    /** A kind of thing that is counted. */
    record Thing(String one, String many) {
        String count(int number) {
            return number + " " + (number == 1 ? one : many);
        }
    }

    static final List<Thing> GOODS = List.of(
            new Thing("apple", "apples"),
            new Thing("notebook", "notebooks"),
            new Thing("pencil", "pencils"),
            new Thing("candle", "candles"),
            new Thing("ticket", "tickets"),
            new Thing("postcard", "postcards"),
            new Thing("loaf of bread", "loaves of bread"),
            new Thing("jar of honey", "jars of honey"),
            new Thing("bag of rice", "bags of rice"),
            new Thing("bunch of tulips", "bunches of tulips"),
            new Thing("light bulb", "light bulbs"),
            new Thing("cup of tea", "cups of tea"));

    static final List<Thing> SMALL_THINGS = List.of(
            new Thing("marble", "marbles"),
            new Thing("sticker", "stickers"),
            new Thing("shell", "shells"),
            new Thing("stamp", "stamps"),
            new Thing("walnut", "walnuts"),
            new Thing("button", "buttons"),
            new Thing("coin", "coins"),
            new Thing("bead", "beads"));

    private Cast() {}

    /** Two different names. */
    static List<String> two(Draw draw) {
        int first = draw.between(0, NAMES.size() - 1);
        int second = (first + draw.between(1, NAMES.size() - 1)) % NAMES.size();
        return List.of(NAMES.get(first), NAMES.get(second));
    }
}
