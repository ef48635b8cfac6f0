package dev.calandra.data.documents;

import dev.calandra.data.documents.DocumentSource.Sink;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** How the documents of one file are read. */
@FunctionalInterface
interface FileFormat {
    /** Endings, without the one of a compression, and their formats. */
    Map<String, FileFormat> BY_ENDING = Map.ofEntries(
            Map.entry("jsonl", new JsonlFormat()),
            Map.entry("ndjson", new JsonlFormat()),
            Map.entry("json", new JsonlFormat()),
            Map.entry("txt", new TextFormat()),
            Map.entry("text", new TextFormat()),
            Map.entry("md", new TextFormat()),
            Map.entry("parquet", new ParquetFormat()),
            Map.entry("arrow", new ArrowFormat()),
            Map.entry("arrows", new ArrowFormat()),
            Map.entry("ipc", new ArrowFormat()),
            Map.entry("feather", new ArrowFormat()),
            Map.entry("bin", new MegatronFormat()));

    /**
     * Reads a file.
     *
     * @return whether the sink wants more
     * @throws dev.calandra.configs.DataException when the file is damaged
     */
    boolean read(SourceFile file, Fields fields, Sink sink) throws IOException;

    /** The format of a file, by the ending of its name. */
    static Optional<FileFormat> of(String location) {
        String name = SourceFile.plainName(location);
        String ending = name.substring(name.lastIndexOf('.') + 1);
        boolean seekable = !ending.matches("jsonl|ndjson|json|txt|text|md");
        boolean compressed = name.length() < location.length();
        return seekable && compressed ? Optional.empty() : Optional.ofNullable(BY_ENDING.get(ending));
    }
}
