package dev.calandra.trainer.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.configs.DataException;
import dev.calandra.data.Tokenizer;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What stands beside the weights in a Hugging Face folder so that text becomes token ids.
 *
 * @param files name to content
 * @param endOfText id of the token that ends a document; empty when nothing says
 */
record TokenizerFiles(Map<String, byte[]> files, OptionalInt endOfText) {

    private static final String TOKENIZER = "tokenizer.json";

    /** What is taken over from a folder as it is. */
    private static final List<String> COPIED = List.of(
            TOKENIZER,
            "tokenizer_config.json",
            "special_tokens_map.json",
            "generation_config.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja");

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Made from a tokenizer file.
     *
     * @param maxLength longest sequence of the model
     * @throws DataException when there is none, or it cannot be read
     */
    static TokenizerFiles of(Path tokenizerJson, int maxLength) {
        try (Tokenizer tokenizer = Tokenizer.open(tokenizerJson)) {
            String end = tokenizer.decode(new int[] {tokenizer.endOfText()});
            Map<String, byte[]> files = new LinkedHashMap<>();
            files.put(TOKENIZER, Files.readAllBytes(tokenizerJson));
            files.put(
                    "tokenizer_config.json",
                    json(JSON.createObjectNode()
                            .put("tokenizer_class", "PreTrainedTokenizerFast")
                            .put("eos_token", end)
                            .put("pad_token", end)
                            .put("model_max_length", maxLength)
                            .put("clean_up_tokenization_spaces", false)));
            files.put(
                    "special_tokens_map.json",
                    json(JSON.createObjectNode().put("eos_token", end).put("pad_token", end)));
            files.put(
                    "generation_config.json",
                    json(JSON.createObjectNode()
                            .put("eos_token_id", tokenizer.endOfText())
                            .put("pad_token_id", tokenizer.endOfText())));
            return new TokenizerFiles(files, OptionalInt.of(tokenizer.endOfText()));
        } catch (IOException e) {
            throw new DataException(tokenizerJson + ": could not be read: " + e.getMessage(), e);
        }
    }

    /** Taken over from a Hugging Face folder, which may have none. */
    static TokenizerFiles of(Storage storage, String folder) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String name : COPIED) {
            String location = SmallFiles.in(folder, name);
            if (storage.exists(location)) {
                files.put(name, SmallFiles.read(storage, location));
            }
        }
        JsonNode end = JSON.readTree(SmallFiles.read(storage, SmallFiles.in(folder, ModelSource.CONFIG)))
                .path("eos_token_id");
        return new TokenizerFiles(files, end.isInt() ? OptionalInt.of(end.intValue()) : OptionalInt.empty());
    }

    private static byte[] json(ObjectNode node) {
        return (node.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
