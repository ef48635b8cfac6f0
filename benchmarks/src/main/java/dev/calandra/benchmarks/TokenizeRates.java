package dev.calandra.benchmarks;

import dev.calandra.data.Tokenizer;
import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.documents.DocumentSources;
import dev.calandra.data.documents.SourceDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Megabytes of text per second that one thread turns into token ids: by Hugging Face's library alone, and with the cache in front of it,
 * first from an empty cache and then again. Documents are in memory before; the ids of both are compared.
 *
 * <p>Arguments: a {@code tokenizer.json}, the megabytes of text to take of each corpus, and the corpora.
 */
public final class TokenizeRates {
    private static final int WARM_UP_CHARACTERS = 2_000_000;

    private TokenizeRates() {}

    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        long megabytes = Long.parseLong(arguments[1]);
        System.out.println("| corpus | MB | library | cache, first pass | cache, second pass | first pass / library |");
        System.out.println("|---|---|---|---|---|---|");
        for (String corpus : Arrays.asList(arguments).subList(2, arguments.length)) {
            List<String> texts = texts(corpus, megabytes * 1_000_000);
            warmUp(file, texts);
            try (Tokenizer tokenizer = Tokenizer.open(file)) {
                report(corpus, texts, tokenizer);
            }
        }
    }

    private static void report(String corpus, List<String> texts, Tokenizer tokenizer) {
        double bytes = texts.stream()
                .mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length)
                .sum();
        double first = bytes / 1e6 / seconds(texts, tokenizer::encode);
        double second = bytes / 1e6 / seconds(texts, tokenizer::encode);
        double library = bytes / 1e6 / seconds(texts, tokenizer::encodeByLibrary);
        for (String text : texts) {
            if (!Arrays.equals(tokenizer.encode(text), tokenizer.encodeByLibrary(text))) {
                throw new IllegalStateException("ids differ in " + corpus + ": " + text);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %.1f | %.2f | %.1f | %.1f | %.1f |%n",
                Path.of(corpus).getFileName(),
                bytes / 1e6,
                library,
                first,
                second,
                first / library);
    }

    /** Lets the compiler finish with another tokenizer, so that the measured cache begins empty. */
    private static void warmUp(Path file, List<String> texts) {
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            int characters = 0;
            for (int i = 0; i < texts.size() && characters < WARM_UP_CHARACTERS; i++) {
                tokenizer.encode(texts.get(i));
                characters += texts.get(i).length();
            }
        }
    }

    private static double seconds(List<String> texts, Function<String, int[]> encode) {
        long start = System.nanoTime();
        long tokens = 0;
        for (String text : texts) {
            tokens += encode.apply(text).length;
        }
        if (tokens == 0) {
            throw new IllegalStateException("no tokens");
        }
        return (System.nanoTime() - start) * 1e-9;
    }

    private static List<String> texts(String corpus, long bytes) throws IOException {
        List<String> texts = new ArrayList<>();
        DocumentSources.open(corpus).limitedTo(bytes).read(new DocumentSource.Sink() {
            @Override
            public boolean accept(SourceDocument document) {
                texts.add(((Document) document).text());
                return true;
            }

            @Override
            public void reject(String file, long position, String reason) {
                throw new IllegalStateException(file + ":" + position + ": " + reason);
            }
        });
        return texts;
    }
}
