package dev.calandra.data.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.JavaSourceDocuments.Part;
import dev.calandra.data.shards.Fingerprint;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaSourceDocumentsTest {
    private static final String SOURCE = """
            /*
             * Copyright somebody.
             */
            package demo;

            /**
             * A lark sings {@code List<String>} and {@link java.util.List#of(Object, Object) lists}, see
             * {@link #sing()}; 1 &lt; 2.
             * <p>Second <b>paragraph</b>.
             * <pre>
             *   code sample
             * </pre>
             * @since 1
             * @author nobody
             */
            class Lark {
                /* kept */ String a = "/** not a comment */ \\" //";
                char quote = '\\'', slash = '/'; // kept too: /** here */

                /** {@return the number {@code n} of songs} */
                int n() {
                    return \"\"\"
                        /** in a text block */ \\\"\"\"
                        \"\"\".length();
                }
            }
            """;

    @TempDir
    Path folder;

    @Test
    void codeLosesItsDocumentationAndLicenceOnly() {
        String code = JavaSource.parse(SOURCE).code();
        assertThat(code)
                .startsWith("package demo;")
                .contains("/* kept */", "\"/** not a comment */ \\\" //\"", "// kept too: /** here */")
                .contains("'\\'', slash = '/'", "/** in a text block */ \\\"\"\"")
                .doesNotContain("Copyright", "sings", "@return")
                .doesNotContain("\n\n\n");
    }

    @Test
    void proseLosesMarkupTagsAndSamples() {
        List<String> prose = JavaSource.parse(SOURCE).documentation().stream()
                .map(JavadocProse::of)
                .toList();
        assertThat(prose)
                .containsExactly(
                        "A lark sings List<String> and lists, see sing(); 1 < 2.\nSecond paragraph.",
                        "Returns the number n of songs.");
    }

    @Test
    void unfinishedCommentsAndTagsDoNotHang() {
        assertThat(JavaSource.parse("class A { /** open").documentation()).hasSize(1);
        assertThat(JavaSource.parse("String s = \"open").code()).isEqualTo("String s = \"open");
        assertThat(JavadocProse.of("text {@code open")).isEqualTo("text open");
        assertThat(JavadocProse.of("")).isEmpty();
        assertThat(JavadocProse.of("* &#x1F426; &#99999999; &bogus;")).isEqualTo("🐦 &#99999999; &bogus;");
    }

    @Test
    void entriesAreFilteredAndAlwaysInTheSameOrder() throws IOException {
        Path archive = archive();
        List<Document> all = CollectingSink.read(new JavaSourceDocuments(archive, Part.CODE, List.of()));
        assertThat(all).hasSize(20);
        assertThat(CollectingSink.read(new JavaSourceDocuments(archive, Part.CODE, List.of())))
                .isEqualTo(all);
        List<Document> some = CollectingSink.read(new JavaSourceDocuments(archive, Part.CODE, List.of("m/b/")));
        assertThat(some).hasSize(10).allMatch(document -> document.id().startsWith("m/b/"));
        List<Document> few =
                CollectingSink.read(new JavaSourceDocuments(archive, Part.CODE, List.of()).limitedTo(1500));
        assertThat(few).isEqualTo(all.subList(0, few.size())).hasSizeBetween(1, 10);
    }

    @Test
    void theOrderIsNotThatOfTheSplit() throws IOException {
        List<Long> splitHashes = CollectingSink.read(new JavaSourceDocuments(archive(), Part.CODE, List.of())).stream()
                .map(document -> Fingerprint.first64(document.id()))
                .toList();

        assertThat(splitHashes).isNotEqualTo(splitHashes.stream().sorted().toList());
        assertThat(splitHashes)
                .isNotEqualTo(splitHashes.stream().sorted(Long::compareUnsigned).toList());
    }

    @Test
    void aMissingOrEmptyArchiveIsNamed() throws IOException {
        assertThatThrownBy(() ->
                        CollectingSink.read(new JavaSourceDocuments(folder.resolve("none.zip"), Part.CODE, List.of())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.zip");
        Path text = Files.writeString(folder.resolve("text.zip"), "no archive");
        assertThatThrownBy(() -> CollectingSink.read(new JavaSourceDocuments(text, Part.CODE, List.of())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("text.zip");
        assertThatThrownBy(
                        () -> CollectingSink.read(new JavaSourceDocuments(archive(), Part.PROSE, List.of("java.x/"))))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("java.x/");
    }

    private Path archive() throws IOException {
        Path file = folder.resolve("src.zip");
        try (OutputStream output = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(output)) {
            for (int i = 0; i < 20; i++) {
                zip.putNextEntry(new ZipEntry("m/" + (i % 2 == 0 ? "a" : "b") + "/F" + i + ".java"));
                zip.write(SOURCE.replace("Lark", "Lark" + i).getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
            zip.putNextEntry(new ZipEntry("m/a/readme.txt"));
            zip.closeEntry();
        }
        return file;
    }
}
