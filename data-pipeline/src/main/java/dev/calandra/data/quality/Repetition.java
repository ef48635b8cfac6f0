package dev.calandra.data.quality;

import java.util.HashSet;
import java.util.Set;

/** How much of a text stood in it before (Gopher, Rae et al. 2021, appendix A.1.1). */
final class Repetition {
    /** Words in a sequence that is looked for. */
    static final int NGRAM = 10;

    private Repetition() {}

    /** Share of the characters of non-empty lines that are in lines equal to one before. */
    static double ofLines(String text) {
        Set<String> seen = new HashSet<>();
        long all = 0;
        long repeated = 0;
        for (String line : text.lines().map(String::strip).toList()) {
            all += line.length();
            if (!line.isEmpty() && !seen.add(line)) {
                repeated += line.length();
            }
        }
        return all == 0 ? 0 : (double) repeated / all;
    }

    /** Share of the words that are in a sequence of ten equal to one before. */
    static double ofNgrams(Words words) {
        long[] ngrams = words.ngrams(NGRAM);
        LongTable seen = new LongTable();
        int repeated = 0;
        int coveredTo = 0;
        for (int i = 0; i < ngrams.length; i++) {
            if (seen.putIfAbsent(ngrams[i], 0) != LongTable.ABSENT) {
                repeated += i + NGRAM - Math.max(i, coveredTo);
                coveredTo = i + NGRAM;
            }
        }
        return words.count() == 0 ? 0 : (double) repeated / words.count();
    }
}
