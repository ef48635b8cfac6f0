package dev.calandra.cli;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.DataException;
import dev.calandra.configs.Problem;
import dev.calandra.configs.SourceConfig.Kind;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.documents.DocumentSources;
import dev.calandra.data.documents.JavaSourceDocuments;
import dev.calandra.data.documents.JavaSourceDocuments.Part;
import dev.calandra.data.documents.ProblemDocuments;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Chooses the demo's text: what the machine has, or what the user names, and generated problems in any case. */
final class DemoCorpus {
    /** Seed of the training problems; prompts are made from another. */
    static final long PROBLEM_SEED = 1;

    private static final long PROBLEMS = 20_000;
    /** Enough for some hundred steps of pico without a repetition, and tokenized in seconds. */
    private static final long BYTES_PER_SOURCE = 6_000_000;

    private static final Pattern NAMED = Pattern.compile("([A-Za-z0-9._-]+)=(.+):(general|reasoning)");

    private DemoCorpus() {}

    /**
     * The sources of the demo.
     *
     * @param named by the user, each {@code NAME=PATH:KIND}; empty = the sources of this JDK
     * @param out takes a line that says what was chosen
     * @throws DataException if nothing is named and this JDK has no sources
     */
    static List<DemoSource> sources(List<String> named, Consumer<String> out) throws IOException {
        List<DemoSource> sources = new ArrayList<>(named.isEmpty() ? ofThisJdk(out) : ofUser(named));
        if (sources.stream().noneMatch(source -> source.kind() == Kind.GENERAL)) {
            throw new ConfigException(new Problem(
                    "--source", 0, "", "no general text among the sources; name one that ends in :general"));
        }
        sources.add(new DemoSource("problems", Kind.REASONING, new ProblemDocuments(PROBLEM_SEED, PROBLEMS)));
        return sources;
    }

    private static List<DemoSource> ofThisJdk(Consumer<String> out) {
        Optional<Path> archive = JavaSourceDocuments.archiveOfThisJdk();
        if (archive.isEmpty()) {
            throw new DataException(System.getProperty("java.home")
                    + ": this JDK comes without lib/src.zip, which the demo reads; use one"
                    + " that has it (Debian: the package openjdk-25-source), or name text of your own, such as"
                    + " --source books=books.jsonl:general --source code=src:reasoning");
        }
        out.accept("Text: the prose and the code of " + archive.get() + ", and generated problems.");
        return List.of(
                new DemoSource("javadoc", Kind.GENERAL, java(archive.get(), Part.PROSE)),
                new DemoSource("java", Kind.REASONING, java(archive.get(), Part.CODE)));
    }

    private static DocumentSource java(Path archive, Part part) {
        return new JavaSourceDocuments(archive, part, List.of()).limitedTo(BYTES_PER_SOURCE);
    }

    private static List<DemoSource> ofUser(List<String> named) throws IOException {
        List<DemoSource> sources = new ArrayList<>();
        for (String source : named) {
            Matcher matcher = NAMED.matcher(source);
            if (!matcher.matches()) {
                throw new ConfigException(new Problem(
                        "--source", 0, "", "not NAME=PATH:KIND (" + source + "); such as books=books.jsonl:general"));
            }
            sources.add(new DemoSource(
                    matcher.group(1),
                    Kind.valueOf(matcher.group(3).toUpperCase(Locale.ROOT)),
                    DocumentSources.open(matcher.group(2)).limitedTo(BYTES_PER_SOURCE)));
        }
        return sources;
    }
}
