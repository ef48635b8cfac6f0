package dev.calandra.configs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.calandra.configs.ValueTree.Mapping;
import dev.calandra.configs.ValueTree.Scalar;
import dev.calandra.configs.ValueTree.ScalarType;
import dev.calandra.configs.ValueTree.Sequence;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Strict JSON text to {@link ValueTree}: no duplicate keys, no NaN, bounded depth. */
final class JsonReader {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(YamlReader.MAX_DEPTH)
                    .build())
            .build();

    private final String file;
    private final JsonParser parser;

    private JsonReader(String file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /**
     * Reads one JSON object.
     *
     * @param file name for messages
     * @throws ConfigException with one problem if the text is not one JSON object
     */
    static Mapping read(String text, String file) {
        try (JsonParser parser = JSON.createParser(text)) {
            JsonReader reader = new JsonReader(file, parser);
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw new ConfigException(new Problem(file, 1, "", "not a JSON object; is this a config.json?"));
            }
            Mapping root = reader.object(reader.here());
            if (parser.nextToken() != null) {
                throw new ConfigException(reader.here().problem("", "something follows the JSON object; remove it"));
            }
            return root;
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            // What follows the bracket is the parser's own notion of the source.
            String what = e.getOriginalMessage()
                    .lines()
                    .findFirst()
                    .orElse("unreadable")
                    .split(" \\(start marker")[0];
            throw new ConfigException(List.of(new Problem(file, line, "", "not valid JSON: " + what)), e);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory failed", e);
        }
    }

    private Origin here() {
        return new Origin(file, parser.currentTokenLocation().getLineNr());
    }

    private Mapping object(Origin origin) throws IOException {
        SequencedMap<String, ValueTree> entries = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            Origin at = here();
            parser.nextToken();
            entries.put(name, value(at));
        }
        return new Mapping(entries, origin);
    }

    private ValueTree value(Origin origin) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(origin);
            case START_ARRAY -> array(origin);
            case VALUE_NUMBER_INT -> new Scalar(parser.getText(), ScalarType.INTEGER, origin);
            case VALUE_NUMBER_FLOAT -> new Scalar(parser.getText(), ScalarType.FLOAT, origin);
            case VALUE_TRUE, VALUE_FALSE -> new Scalar(parser.getText(), ScalarType.BOOLEAN, origin);
            case VALUE_NULL -> new Scalar("null", ScalarType.NULL, origin);
            default -> new Scalar(parser.getText(), ScalarType.STRING, origin);
        };
    }

    private Sequence array(Origin origin) throws IOException {
        List<ValueTree> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(here()));
        }
        return new Sequence(items, origin);
    }
}
