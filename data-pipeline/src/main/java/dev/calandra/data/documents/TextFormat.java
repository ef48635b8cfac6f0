package dev.calandra.data.documents;

import dev.calandra.data.documents.DocumentSource.Sink;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipException;

/**
 * Plain text, plain or compressed: each file is one document, its id the file's name and its text UTF-8 (other bytes become U+FFFD). Empty
 * files are rejected.
 */
final class TextFormat implements FileFormat {
    @Override
    public boolean read(SourceFile file, Fields fields, Sink sink) throws IOException {
        byte[] bytes;
        try (InputStream input = file.stream()) {
            bytes = input.readNBytes(LineReader.MAX_BYTES + 1);
        } catch (EOFException | ZipException | com.github.luben.zstd.ZstdIOException e) {
            throw file.damaged(1, e);
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (bytes.length > LineReader.MAX_BYTES) {
            sink.reject(file.location(), 1, "the file is longer than " + LineReader.MAX_BYTES + " bytes; split it");
        } else if (text.isBlank()) {
            sink.reject(file.location(), 1, "the file is empty");
        } else {
            return sink.accept(new Document(file.name(), text));
        }
        return true;
    }
}
