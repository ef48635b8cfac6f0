package dev.calandra.data.quality;

import dev.calandra.data.shards.Fingerprint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Says which documents to drop. {@link #assess} looks at one text by itself and may run on many threads; {@link #judge} knows the documents
 * before it and is called for each document in order, by one thread at a time, so the outcome does not depend on the number of threads. One
 * filter sees all sources of a job: duplicates are found across them.
 *
 * <p>Memory for each document kept: about 100 bytes with exact duplicates, about a kilobyte with near-duplicates.
 */
public final class QualityFilter {
    private final QualityRules rules;
    private final EvaluationTexts evaluation;
    private final MinHash minHash;
    private final LongTable texts = new LongTable();
    private final LongTable bands = new LongTable();
    private final List<Kept> kept = new ArrayList<>();

    /** A document that later ones may duplicate. */
    private record Kept(String source, long number, byte[] signature) {}

    /**
     * What a text by itself tells.
     *
     * @param drop why it is to be dropped whatever came before it
     */
    public record Assessment(Optional<Drop> drop, long content, long[] signature) {}

    /** @param evaluation texts that no document may hold, complete before the first document is assessed */
    public QualityFilter(QualityRules rules, EvaluationTexts evaluation) {
        this.rules = rules;
        this.evaluation = evaluation;
        this.minHash = new MinHash(rules.nearDuplicates());
    }

    /** Keeps everything. */
    public static QualityFilter none() {
        return new QualityFilter(QualityRules.NONE, new EvaluationTexts());
    }

    /** Whether no document is ever dropped, so that none need be looked at. */
    public boolean keepsAll() {
        return rules.equals(QualityRules.NONE) && evaluation.size() == 0;
    }

    /** Whether what is dropped depends on documents before it. */
    public boolean remembers() {
        return rules.remember();
    }

    /** Equal for filters that drop the same documents of the same input. */
    public String settings() {
        return rules + " " + evaluation.texts() + " " + evaluation.size();
    }

    /** Looks at a text by itself. */
    public Assessment assess(String text) {
        Optional<Drop> drop = lengthOf(text).or(() -> linesOf(text));
        if (drop.isPresent()) {
            return new Assessment(drop, 0, null);
        }
        boolean needsWords = rules.maxRepeatedNgrams() < 1 || evaluation.size() > 0 || rules.nearDuplicates() > 0;
        Words words = Words.of(needsWords ? text : "");
        drop = ngramsOf(words).or(() -> contaminationOf(words));
        boolean compare = drop.isEmpty() && rules.nearDuplicates() > 0 && words.count() >= MinHash.NGRAM;
        return new Assessment(
                drop,
                rules.exactDuplicates() ? Fingerprint.first64(text) : 0,
                compare ? MinHash.signature(words.ngrams(MinHash.NGRAM)) : null);
    }

    /**
     * Decides about a document, and remembers it if it is kept.
     *
     * @param source and number of the document, for the reasons given for later ones
     */
    public Optional<Drop> judge(String source, long number, Assessment assessment) {
        if (assessment.drop().isPresent() || !rules.remember()) {
            return assessment.drop();
        }
        int index = kept.size();
        if (rules.exactDuplicates()) {
            int before = texts.get(assessment.content());
            if (before != LongTable.ABSENT) {
                return Optional.of(new Drop(QualityStep.EXACT_DUPLICATE, "the same text as " + name(before)));
            }
        }
        byte[] compact = assessment.signature() == null ? null : MinHash.compact(assessment.signature());
        Optional<Drop> near = compact == null ? Optional.empty() : similar(assessment.signature(), compact);
        if (near.isEmpty()) {
            remember(assessment, index);
            kept.add(new Kept(source, number, compact));
        }
        return near;
    }

    private void remember(Assessment assessment, int index) {
        if (rules.exactDuplicates()) {
            texts.putIfAbsent(assessment.content(), index);
        }
        if (assessment.signature() != null) {
            for (int band = 0; band < minHash.bands(); band++) {
                bands.putIfAbsent(minHash.band(assessment.signature(), band), index);
            }
        }
    }

    private Optional<Drop> similar(long[] signature, byte[] compact) {
        for (int band = 0; band < minHash.bands(); band++) {
            int candidate = bands.get(minHash.band(signature, band));
            if (candidate != LongTable.ABSENT) {
                double similarity =
                        MinHash.similarity(compact, kept.get(candidate).signature());
                if (similarity >= rules.nearDuplicates()) {
                    return Optional.of(new Drop(
                            QualityStep.NEAR_DUPLICATE,
                            String.format(Locale.ROOT, "similarity %.2f to %s", similarity, name(candidate))));
                }
            }
        }
        return Optional.empty();
    }

    private String name(int index) {
        return "document %d of %s"
                .formatted(kept.get(index).number() + 1, kept.get(index).source());
    }

    private Optional<Drop> lengthOf(String text) {
        boolean right = text.length() >= rules.minCharacters() && text.length() <= rules.maxCharacters();
        return right
                ? Optional.empty()
                : Optional.of(new Drop(
                        QualityStep.LENGTH,
                        "%d characters, allowed are %d to %d"
                                .formatted(text.length(), rules.minCharacters(), rules.maxCharacters())));
    }

    private Optional<Drop> linesOf(String text) {
        return rules.maxRepeatedLines() < 1
                ? repetition("repeated lines", Repetition.ofLines(text), rules.maxRepeatedLines())
                : Optional.empty();
    }

    private Optional<Drop> ngramsOf(Words words) {
        return rules.maxRepeatedNgrams() < 1
                ? repetition("repeated ten-word sequences", Repetition.ofNgrams(words), rules.maxRepeatedNgrams())
                : Optional.empty();
    }

    private static Optional<Drop> repetition(String what, double share, double allowed) {
        return share <= allowed
                ? Optional.empty()
                : Optional.of(new Drop(
                        QualityStep.REPETITION,
                        String.format(Locale.ROOT, "%s: %.2f of the text, allowed is %.2f", what, share, allowed)));
    }

    private Optional<Drop> contaminationOf(Words words) {
        int text = evaluation.find(words);
        return text == 0
                ? Optional.empty()
                : Optional.of(new Drop(
                        QualityStep.CONTAMINATION, "shares thirteen words in a row with evaluation text " + text));
    }
}
