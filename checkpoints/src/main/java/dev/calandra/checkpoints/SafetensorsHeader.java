package dev.calandra.checkpoints;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file, believed only after every byte of the data is accounted for: the tensors, sorted by offset, must
 * tile the data without a hole, an overlap or a rest, and each must be exactly as long as its type and shape say. Stricter than the reference
 * reader, which takes the last of duplicate keys, passes over fields it does not know and leading white space, and allows more than 64
 * dimensions: all refused here.
 *
 * @param tensors name to place, in the order of the data
 * @param metadata the free text entries
 */
record SafetensorsHeader(Map<String, Placed> tensors, Map<String, String> metadata) {
    /** The format's own limit. */
    static final int MAX_BYTES = 100_000_000;

    static final String METADATA = "__metadata__";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // The names are as many as the tensors and seen once: a shared symbol table would only keep them alive.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(3)
                    .maxNumberLength(20)
                    .maxStringLength(MAX_BYTES)
                    .build())
            .build();

    /** A tensor and the byte of the data section where it begins. */
    record Placed(TensorInfo info, long begin) {
        long end() {
            return begin + info.bytes();
        }
    }

    /**
     * @param json the header's text
     * @param dataBytes bytes of the file after the header
     * @param file for messages
     * @throws CorruptCheckpointException naming file and tensor
     */
    static SafetensorsHeader parse(String json, long dataBytes, String file) {
        if (!json.startsWith("{")) {
            throw new CorruptCheckpointException(file, "its header does not begin with '{'");
        }
        try (JsonParser parser = JSON.createParser(json)) {
            return new Parser(parser, file).header().tiling(dataBytes, file);
        } catch (IOException e) {
            throw new CorruptCheckpointException(file, "its header is not valid JSON: " + firstLine(e.getMessage()), e);
        }
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }

    private SafetensorsHeader tiling(long dataBytes, String file) {
        List<Placed> sorted = new ArrayList<>(tensors.values());
        sorted.sort(Comparator.comparingLong(Placed::begin).thenComparingLong(Placed::end));
        long at = 0;
        for (Placed tensor : sorted) {
            if (tensor.begin() != at) {
                String fault = tensor.begin() > at ? "leaves a hole after" : "overlaps the data before";
                throw new CorruptCheckpointException(
                        file,
                        "tensor "
                                + CorruptCheckpointException.quoted(
                                        tensor.info().name()) + " begins at byte " + tensor.begin() + " and " + fault
                                + " byte " + at);
            }
            at = tensor.end();
        }
        if (at != dataBytes) {
            throw new CorruptCheckpointException(
                    file, "its tensors need " + at + " bytes after the header, but there are " + dataBytes);
        }
        Map<String, Placed> ordered = LinkedHashMap.newLinkedHashMap(sorted.size());
        sorted.forEach(tensor -> ordered.put(tensor.info().name(), tensor));
        return new SafetensorsHeader(Collections.unmodifiableMap(ordered), Collections.unmodifiableMap(metadata));
    }

    /** One pass over the tokens of a header. */
    private record Parser(JsonParser parser, String file) {
        SafetensorsHeader header() throws IOException {
            Map<String, Placed> tensors = new LinkedHashMap<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                require(parser.nextToken() == JsonToken.START_OBJECT, name, "is not an object");
                if (name.equals(METADATA)) {
                    metadata(metadata);
                } else {
                    tensors.put(name, tensor(name));
                }
            }
            if (parser.nextToken() != null) {
                throw new CorruptCheckpointException(file, "its header is followed by more text");
            }
            return new SafetensorsHeader(tensors, metadata);
        }

        private void metadata(Map<String, String> metadata) throws IOException {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                require(parser.nextToken() == JsonToken.VALUE_STRING, METADATA, "has an entry that is not a string");
                String value = parser.getText();
                require(isText(key) && isText(value), METADATA, "has an entry with half a surrogate pair");
                metadata.put(key, value);
            }
        }

        /** JSON can escape what is no character. */
        private static boolean isText(String text) {
            return StandardCharsets.UTF_8.newEncoder().canEncode(text);
        }

        private Placed tensor(String name) throws IOException {
            String dtype = null;
            List<Long> shape = null;
            List<Long> offsets = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (field) {
                    case "dtype" -> {
                        require(value == JsonToken.VALUE_STRING, name, "has a dtype that is not a string");
                        dtype = parser.getText();
                    }
                    case "shape" -> shape = numbers(value, name);
                    case "data_offsets" -> offsets = numbers(value, name);
                    default -> throw corrupt(name, "has an unknown field " + CorruptCheckpointException.quoted(field));
                }
            }
            require(dtype != null && shape != null && offsets != null, name, "lacks dtype, shape or data_offsets");
            return placed(name, dtype, shape, offsets);
        }

        private Placed placed(String name, String dtype, List<Long> shape, List<Long> offsets) {
            DType type = DType.named(dtype)
                    .orElseThrow(
                            () -> corrupt(name, "has the unknown dtype " + CorruptCheckpointException.quoted(dtype)));
            require(offsets.size() == 2, name, "has " + offsets.size() + " data_offsets instead of 2");
            TensorInfo info;
            try {
                info = new TensorInfo(name, type, shape);
            } catch (IllegalArgumentException e) {
                throw corrupt(name, "is impossible: " + e.getMessage());
            }
            // Both are non-negative, so the difference cannot overflow.
            long bytes = offsets.get(1) - offsets.get(0);
            require(
                    bytes == info.bytes(),
                    name,
                    "has data_offsets " + offsets + ", but " + type + " " + shape + " needs " + info.bytes()
                            + " bytes");
            return new Placed(info, offsets.get(0));
        }

        private List<Long> numbers(JsonToken value, String name) throws IOException {
            require(value == JsonToken.START_ARRAY, name, "has a shape or data_offsets that is not an array");
            List<Long> numbers = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                boolean natural = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                        && !parser.getText().startsWith("-");
                require(natural, name, "has a shape or data_offsets with an entry that is not a natural number");
                // Beyond 2^63 - 1 this is an IOException, reported with the place in the text.
                numbers.add(parser.getLongValue());
            }
            return numbers;
        }

        private void require(boolean condition, String name, String problem) {
            if (!condition) {
                throw corrupt(name, problem);
            }
        }

        private CorruptCheckpointException corrupt(String name, String problem) {
            return new CorruptCheckpointException(
                    file, "tensor " + CorruptCheckpointException.quoted(name) + " " + problem);
        }
    }
}
