package dev.calandra.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.configs.DataException;
import dev.calandra.data.pieces.PieceRules;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a {@code tokenizer.json} says about itself, read without the native library.
 *
 * @param plainJson the same tokenizer for ordinary text: special tokens are not recognised in it, nothing is truncated, padded or added
 * @param fullJson the tokenizer as published, but without truncation and padding
 * @param vocabSize largest id + 1
 * @param endOfText id of the token that ends a document
 * @param specialTokens content of each special token to its id
 * @param byteLengths bytes of text that each id stands for, or null when the tokenizer is not byte-level
 * @param pieceRules how ordinary text is encoded pre-token by pre-token, where that is exact
 * @param cacheRefusal why it is not, empty where it is
 */
record TokenizerDefinition(
        String plainJson,
        String fullJson,
        int vocabSize,
        int endOfText,
        Map<String, Integer> specialTokens,
        int[] byteLengths,
        Optional<PieceRules> pieceRules,
        String cacheRefusal) {

    /** Names under which tokenizers publish their end-of-document token, in the order in which they are tried. */
    private static final List<String> END_OF_TEXT_NAMES =
            List.of("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "[EOS]", "<|eos|>");

    /** Largest vocabulary that is believed; the published ones stay below 2^19. */
    private static final int MAX_VOCAB_SIZE = 1 << 24;

    static TokenizerDefinition parse(Path file, byte[] json) {
        ObjectNode root = readObject(file, json);
        Map<String, Integer> pieces = readPieces(file, root);
        Map<String, Integer> special = new LinkedHashMap<>();
        ArrayNode plainAdded = root.arrayNode();
        for (JsonNode added : root.path("added_tokens")) {
            pieces.put(added.path("content").asText(), added.path("id").asInt(-1));
            if (added.path("special").asBoolean()) {
                special.put(added.path("content").asText(), added.path("id").asInt(-1));
            } else {
                plainAdded.add(added);
            }
        }
        int vocabSize = vocabSize(file, pieces);
        int[] byteLengths = isByteLevel(root) ? byteLengths(pieces, special, vocabSize) : null;
        root.putNull("truncation").putNull("padding");
        String fullJson = root.toString();
        root.set("added_tokens", plainAdded);
        root.putNull("post_processor");
        Optional<PieceRules> rules = Optional.empty();
        String refusal = "";
        try {
            rules = Optional.of(PieceRules.of(root));
        } catch (PieceRules.NotCacheableException e) {
            refusal = e.getMessage();
        }
        return new TokenizerDefinition(
                root.toString(),
                fullJson,
                vocabSize,
                endOfText(file, special),
                Map.copyOf(special),
                byteLengths,
                rules,
                refusal);
    }

    private static ObjectNode readObject(Path file, byte[] json) {
        try {
            if (new ObjectMapper().readTree(json) instanceof ObjectNode object) {
                return object;
            }
            throw new DataException(file + ": not a tokenizer.json (the top level is not an object); "
                    + "name a Hugging Face tokenizer.json");
        } catch (JsonProcessingException e) {
            throw new DataException(
                    "%s:%d: not a tokenizer.json (%s); name a Hugging Face tokenizer.json"
                            .formatted(file, e.getLocation().getLineNr(), e.getOriginalMessage()),
                    e);
        } catch (java.io.IOException e) {
            throw new DataException(file + ": not a tokenizer.json (" + e.getMessage() + ")", e);
        }
    }

    /** Piece to id: BPE, WordPiece and WordLevel keep an object, Unigram a list of [piece, score]. */
    private static Map<String, Integer> readPieces(Path file, ObjectNode root) {
        JsonNode vocab = root.path("model").path("vocab");
        Map<String, Integer> pieces = new LinkedHashMap<>();
        if (vocab.isObject()) {
            vocab.properties()
                    .forEach(
                            entry -> pieces.put(entry.getKey(), entry.getValue().asInt(-1)));
        } else if (vocab.isArray()) {
            for (int id = 0; id < vocab.size(); id++) {
                pieces.put(vocab.get(id).path(0).asText(), id);
            }
        } else {
            throw new DataException(file + ": model.vocab is missing; name a Hugging Face tokenizer.json");
        }
        return pieces;
    }

    private static int vocabSize(Path file, Map<String, Integer> pieces) {
        int largest = -1;
        for (Map.Entry<String, Integer> piece : pieces.entrySet()) {
            int id = piece.getValue();
            if (id < 0 || id >= MAX_VOCAB_SIZE) {
                throw new DataException("%s: token '%s' has id %d; ids must be 0 to %d"
                        .formatted(file, piece.getKey(), id, MAX_VOCAB_SIZE - 1));
            }
            largest = Math.max(largest, id);
        }
        return largest + 1;
    }

    private static int endOfText(Path file, Map<String, Integer> special) {
        return END_OF_TEXT_NAMES.stream()
                .filter(special::containsKey)
                .map(special::get)
                .findFirst()
                .orElseThrow(() ->
                        new DataException("%s: no end-of-text token; one of %s must be among the special added_tokens"
                                .formatted(file, END_OF_TEXT_NAMES)));
    }

    private static boolean isByteLevel(ObjectNode root) {
        JsonNode decoder = root.path("decoder");
        boolean decodesBytes = decoder.path("type").asText().equals("ByteLevel");
        for (JsonNode step : decoder.path("decoders")) {
            decodesBytes |= step.path("type").asText().equals("ByteLevel");
        }
        return decodesBytes;
    }

    /**
     * A byte-level piece has one character for each byte (the GPT-2 table), an added token stands for its own UTF-8 bytes, and a special
     * token for no text at all.
     */
    private static int[] byteLengths(Map<String, Integer> pieces, Map<String, Integer> special, int vocabSize) {
        int[] lengths = new int[vocabSize];
        pieces.forEach((piece, id) -> lengths[id] = ByteLevelAlphabet.contains(piece)
                ? piece.codePointCount(0, piece.length())
                : piece.getBytes(StandardCharsets.UTF_8).length);
        special.values().forEach(id -> lengths[id] = 0);
        return lengths;
    }
}
