package dev.calandra.data.quality;

/**
 * What is asked of documents; a rule at its neutral value is not looked at.
 *
 * @param minCharacters shorter documents are dropped; neutral 0
 * @param maxCharacters longer ones are; neutral {@link Integer#MAX_VALUE}
 * @param maxRepeatedLines largest share of characters in lines that stood in the document before, 0 to 1; neutral 1
 * @param maxRepeatedNgrams largest share of words in ten-word sequences that stood in the document before, 0 to 1; neutral 1
 * @param exactDuplicates whether a text that was seen before is dropped
 * @param nearDuplicates similarity (Jaccard, of five-word sequences) from which on a text is a duplicate, 0.5 to 1; neutral 0
 */
public record QualityRules(
        int minCharacters,
        int maxCharacters,
        double maxRepeatedLines,
        double maxRepeatedNgrams,
        boolean exactDuplicates,
        double nearDuplicates) {

    /** Drops nothing. */
    public static final QualityRules NONE = new QualityRules(0, Integer.MAX_VALUE, 1, 1, false, 0);

    /** @throws IllegalArgumentException when a value is out of range */
    public QualityRules {
        boolean sound = minCharacters >= 0
                && maxCharacters >= minCharacters
                && maxRepeatedLines >= 0
                && maxRepeatedLines <= 1
                && maxRepeatedNgrams >= 0
                && maxRepeatedNgrams <= 1
                && (nearDuplicates == 0 || nearDuplicates >= 0.5 && nearDuplicates <= 1);
        if (!sound) {
            throw new IllegalArgumentException(
                    "quality rules out of range: characters %d to %d, repeated lines %s, n-grams %s, similarity %s"
                            .formatted(
                                    minCharacters, maxCharacters, maxRepeatedLines, maxRepeatedNgrams, nearDuplicates));
        }
    }

    /** Whether what is dropped depends on the documents before it. */
    public boolean remember() {
        return exactDuplicates || nearDuplicates > 0;
    }
}
