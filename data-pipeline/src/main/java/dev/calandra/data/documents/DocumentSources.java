package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Picks the reader of a file by its name. */
public final class DocumentSources {
    private DocumentSources() {}

    /**
     * The documents of files that a user names: {@code .jsonl}, {@code .ndjson}, {@code .json} (one object a line) and text ({@code .txt},
     * {@code .md}, {@code .text}), each also with {@code .gz}; a file, every such file below a folder, or the matches of a glob.
     *
     * @throws DataException when there is no such file, or one has another ending
     */
    public static DocumentSource open(String input) throws IOException {
        List<Path> jsonl = new ArrayList<>();
        List<Path> text = new ArrayList<>();
        for (Path file : InputFiles.find(input)) {
            String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
            String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
            if (plain.matches(".*\\.(jsonl|ndjson|json)")) {
                jsonl.add(file);
            } else if (plain.matches(".*\\.(txt|text|md)")) {
                text.add(file);
            } else {
                throw new DataException(
                        file
                                + ": not a kind of file that is read; use .jsonl, .ndjson, .json, .txt, .text or .md, plain or .gz");
            }
        }
        return sink -> {
            Enough enough = new Enough(sink);
            new JsonlDocuments(jsonl).read(enough);
            if (!enough.reached) {
                new TextDocuments(text).read(enough);
            }
        };
    }

    /** Remembers that the sink wants no more, so that the next reader is not started. */
    private static final class Enough implements DocumentSource.Sink {
        private final DocumentSource.Sink sink;
        private boolean reached;

        private Enough(DocumentSource.Sink sink) {
            this.sink = sink;
        }

        @Override
        public boolean accept(Document document) throws IOException {
            reached = !sink.accept(document);
            return !reached;
        }

        @Override
        public void reject(String place, String reason) {
            sink.reject(place, reason);
        }
    }
}
