package dev.calandra.laws.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.calandra.configs.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads tables: CSV (comma, semicolon or tab; quoted fields; any line ends; byte-order mark; a header line), JSON lines, a JSON array of
 * objects, or a JSON object of numbers (columns {@code key} and {@code value}). What it is shows in its first character. Nested JSON
 * objects become columns with dotted names.
 */
public final class TableReader {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String source;
    private final String text;
    private final String sha256;

    private TableReader(String source, String text, String sha256) {
        this.source = source;
        this.text = text;
        this.sha256 = sha256;
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read
     * @throws DataException if it is not a table
     */
    public static RunTable read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DataException(file + ": not UTF-8 text; convert it, for example with iconv.", e);
        }
        text = text.startsWith("\ufeff") ? text.substring(1) : text;
        return new TableReader(file.toString(), text, sha256(bytes)).read();
    }

    private RunTable read() throws IOException {
        String start = text.stripLeading();
        if (start.isEmpty()) {
            throw new DataException(source + ": the file is empty.");
        }
        return switch (start.charAt(0)) {
            case '[' -> fromObjects(array());
            case '{' -> fromObjects(lines());
            default -> csv();
        };
    }

    private RunTable csv() throws IOException {
        CsvMapper mapper = CsvMapper.builder()
                .enable(CsvParser.Feature.WRAP_AS_ARRAY)
                .enable(CsvParser.Feature.TRIM_SPACES)
                .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
                .build();
        char separator = separator();
        CsvSchema schema = CsvSchema.emptySchema().withColumnSeparator(separator);
        List<Row> rows = new ArrayList<>();
        List<String> columns = null;
        try (MappingIterator<String[]> records =
                mapper.readerFor(String[].class).with(schema).readValues(text)) {
            while (records.hasNextValue()) {
                int line = records.getCurrentLocation().getLineNr();
                String[] cells = records.nextValue();
                if (columns == null) {
                    columns = heading(cells);
                } else if (!isBlank(cells)) {
                    String[] fitted = fitted(cells, columns, line);
                    rows.add(new Row(line, separator == ';' ? withDecimalPoints(fitted) : fitted));
                }
            }
        } catch (JsonProcessingException e) {
            throw new DataException("%s:%d: not CSV: %s".formatted(source, line(e), e.getOriginalMessage()), e);
        }
        if (rows.isEmpty()) {
            throw new DataException(source + ": there are no rows below the header.");
        }
        return new RunTable(source, columns, rows, sha256, separator == '\t');
    }

    /** The separator that the header uses most, outside quotes. */
    private char separator() {
        String header = text.lines().filter(line -> !line.isBlank()).findFirst().orElseThrow();
        String bare = header.replaceAll("\"[^\"]*\"", "");
        char best = ',';
        for (char candidate : new char[] {';', '\t'}) {
            if (count(bare, candidate) > count(bare, best)) {
                best = candidate;
            }
        }
        return best;
    }

    private static long count(String line, char wanted) {
        return line.chars().filter(c -> c == wanted).count();
    }

    private List<String> heading(String[] cells) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < cells.length; i++) {
            String name = cells[i].strip();
            // An unnamed column is the index that pandas writes; its name is its place.
            name = name.isEmpty() ? "column " + (i + 1) : name;
            if (names.contains(name)) {
                throw new DataException("%s:1: two columns are called \"%s\"; rename one.".formatted(source, name));
            }
            names.add(name);
        }
        return names;
    }

    private String[] fitted(String[] cells, List<String> columns, int line) {
        int surplus = cells.length - columns.size();
        boolean trailing = surplus == 1 && cells[cells.length - 1].isBlank();
        if (surplus != 0 && !trailing) {
            throw new DataException("%s:%d: %d fields under a header of %d; a field with a comma needs quotes."
                    .formatted(source, line, cells.length, columns.size()));
        }
        String[] fitted = new String[columns.size()];
        for (int i = 0; i < fitted.length; i++) {
            fitted[i] = cells[i].strip();
        }
        return fitted;
    }

    /** Where semicolons separate, a comma is a decimal point. */
    private static String[] withDecimalPoints(String[] cells) {
        for (int i = 0; i < cells.length; i++) {
            if (cells[i].matches("[+-]?\\d+,\\d+([eE][+-]?\\d+)?")) {
                cells[i] = cells[i].replace(',', '.');
            }
        }
        return cells;
    }

    private static boolean isBlank(String[] cells) {
        for (String cell : cells) {
            if (!cell.isBlank()) {
                return false;
            }
        }
        return true;
    }

    private List<Parsed> array() {
        try {
            List<Parsed> objects = new ArrayList<>();
            for (JsonNode node : JSON.readTree(text)) {
                objects.add(new Parsed(objects.size() + 1, node));
            }
            return objects;
        } catch (JsonProcessingException e) {
            throw new DataException("%s:%d: not JSON: %s".formatted(source, line(e), e.getOriginalMessage()), e);
        }
    }

    /** One object per line, or one object of names and numbers. */
    private List<Parsed> lines() {
        String first = text.lines().filter(line -> !line.isBlank()).findFirst().orElseThrow();
        if (!first.strip().endsWith("}")) {
            return pairs();
        }
        List<Parsed> objects = new ArrayList<>();
        int line = 0;
        for (String each : text.lines().toList()) {
            line++;
            if (each.isBlank()) {
                continue;
            }
            try {
                objects.add(new Parsed(line, JSON.readTree(each)));
            } catch (JsonProcessingException e) {
                throw new DataException(
                        "%s:%d: not a JSON object: %s".formatted(source, line, e.getOriginalMessage()), e);
            }
        }
        return objects;
    }

    private List<Parsed> pairs() {
        try {
            List<Parsed> objects = new ArrayList<>();
            for (Map.Entry<String, JsonNode> entry : JSON.readTree(text).properties()) {
                objects.add(new Parsed(
                        objects.size() + 1,
                        JSON.createObjectNode().put("key", entry.getKey()).set("value", entry.getValue())));
            }
            return objects;
        } catch (JsonProcessingException e) {
            throw new DataException("%s:%d: not JSON: %s".formatted(source, line(e), e.getOriginalMessage()), e);
        }
    }

    private RunTable fromObjects(List<Parsed> objects) {
        Map<String, Integer> columns = new LinkedHashMap<>();
        List<Map<String, String>> flat = new ArrayList<>();
        for (Parsed object : objects) {
            if (!object.node().isObject()) {
                throw new DataException("%s:%d: a run is a JSON object, is %s"
                        .formatted(source, object.line(), object.node().getNodeType()));
            }
            Map<String, String> cells = new LinkedHashMap<>();
            flatten("", object.node(), cells);
            cells.keySet().forEach(name -> columns.putIfAbsent(name, columns.size()));
            flat.add(cells);
        }
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < flat.size(); i++) {
            String[] cells = new String[columns.size()];
            Arrays.fill(cells, "");
            flat.get(i).forEach((name, cell) -> cells[columns.get(name)] = cell);
            rows.add(new Row(objects.get(i).line(), cells));
        }
        if (rows.isEmpty()) {
            throw new DataException(source + ": there are no runs in it.");
        }
        return new RunTable(source, List.copyOf(columns.keySet()), rows, sha256, false);
    }

    private static void flatten(String prefix, JsonNode object, Map<String, String> cells) {
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            String name = prefix + entry.getKey();
            JsonNode value = entry.getValue();
            if (value.isObject()) {
                flatten(name + ".", value, cells);
            } else {
                cells.put(
                        name,
                        value.isNull()
                                ? ""
                                : value.isValueNode() ? value.asText().strip() : value.toString());
            }
        }
    }

    private static int line(JsonProcessingException failure) {
        return failure.getLocation() == null ? 1 : failure.getLocation().getLineNr();
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private record Parsed(int line, JsonNode node) {}
}
