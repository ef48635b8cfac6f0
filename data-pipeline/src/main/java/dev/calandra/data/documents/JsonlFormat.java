package dev.calandra.data.documents;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.data.documents.DocumentSource.Sink;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipException;

/** JSON objects, one a line, plain or compressed. Fields that are not asked for are left alone; bytes that are not UTF-8 become U+FFFD. */
final class JsonlFormat implements FileFormat {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @Override
    public boolean read(SourceFile file, Fields fields, Sink sink) throws IOException {
        long number = 0;
        try (InputStream input = file.stream()) {
            LineReader lines = new LineReader(input);
            while (lines.next()) {
                number++;
                if (lines.isTooLong()) {
                    sink.reject(file.location(), number, "the line is longer than " + LineReader.MAX_BYTES + " bytes");
                } else if (!readLine(file.location(), number, lines.text(), fields, sink)) {
                    return false;
                }
            }
            return true;
        } catch (EOFException | ZipException | com.github.luben.zstd.ZstdIOException e) {
            throw file.damaged(number, e);
        }
    }

    private static boolean readLine(String file, long number, String line, Fields fields, Sink sink)
            throws IOException {
        if (line.isBlank()) {
            return true;
        }
        Document document;
        try {
            JsonNode record = JSON.readTree(line);
            document = fields.document(name -> value(record.path(name)));
        } catch (JsonProcessingException e) {
            String message = e.getOriginalMessage().lines().findFirst().orElse("");
            sink.reject(file, number, "not a JSON object: " + message);
            return true;
        } catch (IllegalArgumentException e) {
            sink.reject(file, number, e.getMessage());
            return true;
        }
        return sink.accept(document);
    }

    private static Object value(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            return node.longValue();
        }
        return node.isTextual() ? node.textValue() : node.isNumber() ? node.numberValue() : node;
    }
}
