package dev.calandra.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Byte-level BPE as its definition says, slowly: cut the text with the file's pattern, write each byte as its character, and join the pair of
 * the lowest rank until none is left. Written for tests from the definition alone, so that the library has something to be held against.
 */
final class NaiveByteLevelBpe {
    private final Pattern pattern;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<List<String>, Integer> ranks = new HashMap<>();
    private final char[] alphabet = new char[256];

    NaiveByteLevelBpe(Path tokenizerJson) throws IOException {
        JsonNode root = new ObjectMapper().readTree(tokenizerJson.toFile());
        String regex = root.at("/pre_tokenizer/pretokenizers/0/pattern/Regex").textValue();
        pattern = Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS);
        root.at("/model/vocab")
                .properties()
                .forEach(e -> ids.put(e.getKey(), e.getValue().intValue()));
        for (JsonNode merge : root.at("/model/merges")) {
            List<String> pair = merge.isArray()
                    ? List.of(merge.get(0).textValue(), merge.get(1).textValue())
                    : List.of(merge.textValue().split(" "));
            ranks.put(pair, ranks.size());
        }
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            alphabet[b] = (char) (printable ? b : next++);
        }
    }

    int[] encode(String text) {
        List<Integer> tokens = new ArrayList<>();
        Matcher piece = pattern.matcher(text);
        while (piece.find()) {
            for (String part : merge(piece.group())) {
                tokens.add(ids.get(part));
            }
        }
        return tokens.stream().mapToInt(Integer::intValue).toArray();
    }

    private List<String> merge(String piece) {
        List<String> parts = new ArrayList<>();
        for (byte b : piece.getBytes(StandardCharsets.UTF_8)) {
            parts.add(Character.toString(alphabet[b & 0xFF]));
        }
        while (true) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int rank = ranks.getOrDefault(parts.subList(i, i + 2), Integer.MAX_VALUE);
                if (rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                return parts;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
    }
}
