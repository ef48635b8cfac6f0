package dev.calandra.data.documents;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.DataException;
import dev.calandra.data.shards.Fingerprint;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipException;

/**
 * JSON objects, one a line, plain or gzip. Fields: {@code text}; optional {@code id} (else a hash of the text); optional {@code loss_start}
 * or {@code solution_start}, in characters (Unicode code points, as Python counts them). Other fields are left alone. Bytes that are not
 * UTF-8 become U+FFFD.
 *
 * @param files in the order in which they are read
 */
public record JsonlDocuments(List<Path> files) implements DocumentSource {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    public JsonlDocuments {
        files = List.copyOf(files);
    }

    @Override
    public void read(Sink sink) throws IOException {
        for (Path file : files) {
            if (!readFile(file, sink)) {
                return;
            }
        }
    }

    private static boolean readFile(Path file, Sink sink) throws IOException {
        long line = 0;
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(InputFiles.open(file), decoder))) {
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                line++;
                if (!text.isBlank() && !readLine(file + ":" + line, text, sink)) {
                    return false;
                }
            }
            return true;
        } catch (EOFException | ZipException e) {
            throw new DataException(
                    "%s:%d: the compressed file is damaged or cut short (%s); restore it"
                            .formatted(file, line, e.getMessage()),
                    e);
        }
    }

    private static boolean readLine(String place, String line, Sink sink) throws IOException {
        try {
            return sink.accept(parse(JSON.readTree(line)));
        } catch (JsonProcessingException e) {
            sink.reject(
                    place,
                    "not a JSON object: "
                            + e.getOriginalMessage().lines().findFirst().orElse(""));
        } catch (IllegalArgumentException e) {
            sink.reject(place, e.getMessage());
        }
        return true;
    }

    private static Document parse(JsonNode record) {
        JsonNode text = record.path("text");
        if (!text.isTextual() || text.textValue().isEmpty()) {
            throw new IllegalArgumentException("field 'text' is missing, empty or not a string");
        }
        JsonNode id = record.path("id");
        String value = text.textValue();
        return new Document(
                id.isValueNode() && !id.isNull() ? id.asText() : Long.toHexString(Fingerprint.first64(value)),
                value,
                lossStart(record, value));
    }

    private static int lossStart(JsonNode record, String text) {
        JsonNode start = record.hasNonNull("loss_start") ? record.get("loss_start") : record.path("solution_start");
        if (start.isMissingNode() || start.isNull()) {
            return 0;
        }
        int characters = text.codePointCount(0, text.length());
        if (!start.isInt() || start.intValue() < 0 || start.intValue() > characters) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "loss_start %s is not a position in a text of %d characters", start, characters));
        }
        return text.offsetByCodePoints(0, start.intValue());
    }
}
