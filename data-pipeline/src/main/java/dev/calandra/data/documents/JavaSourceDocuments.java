package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import dev.calandra.data.shards.Fingerprint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The Java sources in a zip archive, such as the {@code lib/src.zip} of a JDK: one document for each file, either the prose of its
 * documentation comments or its code without them. Files come in the order of a hash of their names, so that any byte budget takes a sample
 * of the whole archive and not its beginning.
 *
 * @param archive a zip or jar with {@code .java} files
 * @param part which side of each file
 * @param prefixes only entries whose names begin with one of these, such as {@code java.base/java/util}; empty = all
 */
public record JavaSourceDocuments(Path archive, Part part, List<String> prefixes) implements DocumentSource {
    /** Shorter remains (a package declaration, an empty comment) are no documents. */
    private static final int MIN_CHARACTERS = 200;

    /** Another hash than that of the document's id, which decides what is held out: a sample must not miss a split. */
    private static final String ORDER = "order of ";

    /** The two sides of a source file. */
    public enum Part {
        /** Documentation comments as paragraphs of text. */
        PROSE,
        /** Code with its ordinary comments. */
        CODE
    }

    public JavaSourceDocuments {
        prefixes = List.copyOf(prefixes);
    }

    /** The sources of the JDK that runs this program, where it has them. */
    public static Optional<Path> archiveOfThisJdk() {
        Path archive = Path.of(System.getProperty("java.home"), "lib", "src.zip");
        return Files.isRegularFile(archive) ? Optional.of(archive) : Optional.empty();
    }

    /** @throws DataException when the archive is missing or damaged, or has no such entry */
    @Override
    public void read(Sink sink) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            List<? extends ZipEntry> entries = zip.stream()
                    .filter(entry -> entry.getName().endsWith(".java") && isWanted(entry.getName()))
                    .sorted(Comparator.comparingLong((ZipEntry entry) -> Fingerprint.first64(ORDER + entry.getName()))
                            .thenComparing(ZipEntry::getName))
                    .toList();
            if (entries.isEmpty()) {
                throw new DataException("%s: no .java file%s; name an archive of Java sources"
                        .formatted(archive, prefixes.isEmpty() ? "" : " below " + prefixes));
            }
            for (ZipEntry entry : entries) {
                Optional<Document> document = document(zip, entry);
                if (document.isPresent() && !sink.accept(document.get())) {
                    return;
                }
            }
        } catch (NoSuchFileException e) {
            throw new DataException(archive + ": no such file; name an archive of Java sources", e);
        } catch (ZipException e) {
            throw new DataException(archive + ": not a zip archive, or damaged (" + e.getMessage() + ")", e);
        }
    }

    private Optional<Document> document(ZipFile zip, ZipEntry entry) throws IOException {
        JavaSource source;
        try (InputStream input = zip.getInputStream(entry)) {
            source = JavaSource.parse(new String(input.readAllBytes(), StandardCharsets.UTF_8));
        }
        String text = switch (part) {
            case CODE -> source.code();
            case PROSE ->
                source.documentation().stream()
                        .map(JavadocProse::of)
                        .filter(prose -> !prose.isEmpty())
                        .collect(Collectors.joining("\n\n"));
        };
        return text.length() < MIN_CHARACTERS ? Optional.empty() : Optional.of(new Document(entry.getName(), text));
    }

    private boolean isWanted(String name) {
        return prefixes.isEmpty() || prefixes.stream().anyMatch(name::startsWith);
    }
}
