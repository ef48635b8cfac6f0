package dev.calandra.data.pieces;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a {@code tokenizer.json} allows: whether its ids are those of its pre-tokens one after the other, each encoded alone, and how text is
 * cut into them. That holds for a BPE model, whose merges never leave a pre-token, when nothing looks at the text as a whole before the
 * pattern does (no normalizer, no space put before it), the pattern is one that is known here, and no added token is found in the text.
 *
 * @param pattern that cuts the text
 * @param addedTokens texts that the library cuts out before the pattern is used: a document that holds one is left to the library
 */
public record PieceRules(PiecePattern pattern, List<String> addedTokens) {
    /** Every document is searched for each of them. */
    private static final int MAX_ADDED_TOKENS = 64;

    public PieceRules {
        addedTokens = List.copyOf(addedTokens);
    }

    /** A definition that cannot be cached; the message says why. */
    public static final class NotCacheableException extends Exception {
        private static final long serialVersionUID = 1L;

        private NotCacheableException(String message) {
            super(message);
        }
    }

    /**
     * Reads a definition.
     *
     * @param tokenizer a {@code tokenizer.json} as the library is given it
     * @throws NotCacheableException when pre-tokens cannot be encoded alone, or it is not known how they are cut
     */
    public static PieceRules of(JsonNode tokenizer) throws NotCacheableException {
        JsonNode model = tokenizer.path("model");
        require(
                model.path("type").asText("BPE").equals("BPE"),
                "the model is %s, not BPE",
                model.path("type").asText());
        require(model.path("dropout").asDouble(0) == 0, "the model has dropout");
        require(isAbsent(tokenizer.path("normalizer")), "it has a normalizer");
        List<String> added = new ArrayList<>();
        for (JsonNode token : tokenizer.path("added_tokens")) {
            added.add(token.path("content").asText());
        }
        require(added.size() <= MAX_ADDED_TOKENS, "it has %s added tokens that are not special", added.size());
        return new PieceRules(pattern(tokenizer.path("pre_tokenizer")), added);
    }

    /** Whether the rules hold for a text. */
    public boolean hold(String text) {
        for (String added : addedTokens) {
            if (text.contains(added)) {
                return false;
            }
        }
        return true;
    }

    private static PiecePattern pattern(JsonNode preTokenizer) throws NotCacheableException {
        List<JsonNode> steps = new ArrayList<>();
        if (preTokenizer.path("type").asText().equals("Sequence")) {
            preTokenizer.path("pretokenizers").forEach(steps::add);
        } else {
            steps.add(preTokenizer);
        }
        JsonNode last = steps.isEmpty() ? preTokenizer : steps.getLast();
        require(last.path("type").asText().equals("ByteLevel"), "its pre-tokenizer is not byte-level");
        require(!last.path("add_prefix_space").asBoolean(true), "it puts a space before the text");
        boolean ownPattern = last.path("use_regex").asBoolean(true);
        if (ownPattern && steps.size() == 1) {
            return PiecePattern.GPT2;
        }
        require(!ownPattern && steps.size() == 2, "its pre-tokenizer has %s steps", steps.size());
        return splitPattern(steps.getFirst());
    }

    private static PiecePattern splitPattern(JsonNode split) throws NotCacheableException {
        String behavior = split.path("behavior").asText();
        boolean invert = split.path("invert").asBoolean();
        // The patterns leave no character out, so keeping the matches and removing what lies between them are the same.
        boolean keepsMatches = behavior.equals("Isolated") && !invert || behavior.equals("Removed") && invert;
        require(
                split.path("type").asText().equals("Split") && keepsMatches,
                "its pre-tokenizer does not split by a pattern");
        String expression = split.path("pattern").path("Regex").asText();
        Optional<PiecePattern> pattern = PiecePattern.of(expression);
        require(pattern.isPresent(), "its pattern is not one that is known here (%s)", expression);
        return pattern.orElseThrow();
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static void require(boolean holds, String reason, Object... arguments) throws NotCacheableException {
        if (!holds) {
            throw new NotCacheableException(reason.formatted(arguments));
        }
    }
}
