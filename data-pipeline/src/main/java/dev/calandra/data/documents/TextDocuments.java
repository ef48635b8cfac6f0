package dev.calandra.data.documents;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * Plain text, plain or gzip: each file is one document, its id the file's name and its text UTF-8 (other bytes become U+FFFD). Empty files
 * are rejected.
 *
 * @param files in the order in which they are read
 */
public record TextDocuments(List<Path> files) implements DocumentSource {

    public TextDocuments {
        files = List.copyOf(files);
    }

    @Override
    public void read(Sink sink) throws IOException {
        for (Path file : files) {
            String text;
            try (InputStream input = InputFiles.open(file)) {
                text = new String(input.readAllBytes(), StandardCharsets.UTF_8);
            }
            if (text.isBlank()) {
                sink.reject(file + ":1", "the file is empty");
            } else if (!sink.accept(new Document(file.getFileName().toString(), text))) {
                return;
            }
        }
    }
}
