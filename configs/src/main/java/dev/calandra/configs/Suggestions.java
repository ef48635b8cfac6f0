package dev.calandra.configs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** "Did you mean": the known words nearest to one that is not known. */
final class Suggestions {
    private Suggestions() {}

    /**
     * Known words within about a third of the given word's letters, nearest first and all of them if tied. Case, '_' and
     * '-' do not count, so {@code hiddenSize} finds {@code hidden_size}.
     */
    static List<String> nearest(String given, Collection<String> known) {
        String word = letters(given);
        int best = Math.max(1, word.length() / 3);
        List<String> nearest = new ArrayList<>();
        for (String candidate : known) {
            String other = letters(candidate);
            if (Math.abs(word.length() - other.length()) > best) {
                continue;
            }
            int distance = distance(word, other);
            if (distance < best) {
                nearest.clear();
                best = distance;
            }
            if (distance == best) {
                nearest.add(candidate);
            }
        }
        return nearest;
    }

    private static String letters(String word) {
        return word.toLowerCase(Locale.ROOT).replaceAll("[_-]", "");
    }

    /** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
    private static int distance(String a, String b) {
        int[][] steps = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    steps[i][j] = i + j;
                    continue;
                }
                int replaced = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                steps[i][j] = Math.min(replaced, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    steps[i][j] = Math.min(steps[i][j], steps[i - 2][j - 2] + 1);
                }
            }
        }
        return steps[a.length()][b.length()];
    }
}
