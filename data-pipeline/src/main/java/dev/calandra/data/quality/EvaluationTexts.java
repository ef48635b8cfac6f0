package dev.calandra.data.quality;

/** The thirteen-word sequences of evaluation sets (GPT-3, Brown et al. 2020, appendix C): a document that holds one has seen the test. */
public final class EvaluationTexts {
    /** Words in a sequence. */
    public static final int NGRAM = 13;

    private final LongTable ngrams = new LongTable();
    private long texts;
    private long tooShort;

    /** Adds one text; one of fewer than thirteen words has no sequence to look for. */
    public void add(String text) {
        long[] found = Words.of(text).ngrams(NGRAM);
        texts++;
        tooShort += found.length == 0 ? 1 : 0;
        for (long ngram : found) {
            ngrams.putIfAbsent(ngram, (int) Math.min(Integer.MAX_VALUE, texts));
        }
    }

    /** Texts added. */
    public long texts() {
        return texts;
    }

    /** Texts that cannot be looked for. */
    public long tooShort() {
        return tooShort;
    }

    /** Different sequences. */
    public int size() {
        return ngrams.size();
    }

    /** Number of an evaluation text, from 1, of which the words hold a sequence; 0 when there is none. */
    int find(Words words) {
        if (ngrams.size() == 0) {
            return 0;
        }
        for (long ngram : words.ngrams(NGRAM)) {
            int text = ngrams.get(ngram);
            if (text != LongTable.ABSENT) {
                return text;
            }
        }
        return 0;
    }
}
