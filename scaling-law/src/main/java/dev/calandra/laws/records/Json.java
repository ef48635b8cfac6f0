package dev.calandra.laws.records;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** How records and law files are written: snake_case keys, unknown keys refused. */
final class Json {
    static final JsonMapper LINES = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();
    static final JsonMapper PAGES =
            LINES.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

    private Json() {}

    /** What is wrong and with which key, in one line and without the parser's own location. */
    static String problem(JsonProcessingException failure) {
        String message = failure.getOriginalMessage().lines().findFirst().orElse("malformed JSON");
        if (failure instanceof JsonMappingException mapping
                && !mapping.getPath().isEmpty()) {
            String key = mapping.getPath().getLast().getFieldName();
            return key == null || message.contains('"' + key + '"') ? message : "key " + key + ": " + message;
        }
        return message;
    }
}
