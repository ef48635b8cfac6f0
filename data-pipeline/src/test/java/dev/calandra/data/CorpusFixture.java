package dev.calandra.data;

import dev.calandra.configs.CacheConfig;
import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.shards.ShardLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small corpora for tests, made of random words. */
final class CorpusFixture {
    private static final String[] WORDS = {
        "lark", "song", "Morgen", "été", "42", "over", "field;", "\n", "日", "x = y + 1"
    };

    /** Of local sources nothing is ever copied. */
    static final CacheConfig CACHE = new CacheConfig("not-used", 1);

    private CorpusFixture() {}

    static List<Document> documents(long seed, int count) {
        Random random = new Random(seed);
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder("Document " + i);
            int words = random.nextInt(60);
            for (int w = 0; w < words; w++) {
                text.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
            }
            documents.add(new Document("doc-" + seed + "-" + i, text.toString(), i % 3 == 0 ? text.length() / 2 : 0));
        }
        return documents;
    }

    static DocumentSource source(List<Document> documents) {
        return sink -> {
            for (Document document : documents) {
                if (!sink.accept(document)) {
                    return;
                }
            }
        };
    }

    static TokenizeOptions options(String name, int threads) {
        return new TokenizeOptions(name, 0.2, 0.01, threads, new ShardLimits(2000, 300));
    }

    /** Tokenizes random documents into a folder. */
    static TokenizeProgress write(Tokenizer tokenizer, Path folder, String name, long seed, int count) {
        return new TokenizeJob(tokenizer, options(name, 2), progress -> {})
                .run(source(documents(seed, count)), folder.toString());
    }
}
