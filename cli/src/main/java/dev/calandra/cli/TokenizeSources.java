package dev.calandra.cli;

import dev.calandra.configs.CorpusConfig;
import dev.calandra.configs.DataException;
import dev.calandra.configs.EvaluationSetConfig;
import dev.calandra.configs.FieldsConfig;
import dev.calandra.configs.QualityConfig;
import dev.calandra.configs.TokenizeConfig;
import dev.calandra.data.TokenizeJob;
import dev.calandra.data.TokenizeOptions;
import dev.calandra.data.TokenizeProgress;
import dev.calandra.data.Tokenizer;
import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.documents.DocumentSources;
import dev.calandra.data.documents.Fields;
import dev.calandra.data.documents.SourceDocument;
import dev.calandra.data.quality.EvaluationTexts;
import dev.calandra.data.quality.QualityFilter;
import dev.calandra.data.quality.QualityRules;
import dev.calandra.data.shards.ShardLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** A tokenizing job of several corpora, as its YAML says: one after the other, through one filter. */
final class TokenizeSources {
    private final TokenizeConfig config;
    private final PrintWriter out;
    private final PrintWriter err;

    TokenizeSources(TokenizeConfig config, PrintWriter out, PrintWriter err) {
        this.config = config;
        this.out = out;
        this.err = err;
    }

    /** Runs what is not done yet. */
    void run() throws IOException {
        QualityFilter filter = new QualityFilter(rules(config.quality()), evaluationTexts());
        try (Tokenizer tokenizer = Tokenizer.open(config.tokenizer())) {
            sayIfSlow(tokenizer, err);
            for (CorpusConfig corpus : config.sources()) {
                DocumentSource documents = documents(corpus);
                try (ProgressLine progress = new ProgressLine(corpus.name(), err)) {
                    Optional<TokenizeProgress> done = new TokenizeJob(tokenizer, options(corpus), filter, progress)
                            .runUnlessFinished(documents, corpus.output());
                    progress.clear();
                    out.println(
                            corpus.output() + ": " + done.map(Object::toString).orElse("was finished before"));
                }
            }
        }
    }

    /** Tells why the fast path is not taken, where it is not. */
    static void sayIfSlow(Tokenizer tokenizer, PrintWriter err) {
        tokenizer
                .cacheRefusal()
                .ifPresent(reason -> err.println(
                        "every word goes to the tokenizers library, which is slower than the cache: " + reason));
    }

    private TokenizeOptions options(CorpusConfig corpus) {
        int threads = config.threads() == 0 ? Runtime.getRuntime().availableProcessors() : config.threads();
        return new TokenizeOptions(corpus.name(), config.heldOut(), config.maxRejected(), threads, ShardLimits.DEFAULT);
    }

    private static DocumentSource documents(CorpusConfig corpus) throws IOException {
        FieldsConfig fields = corpus.fields();
        DocumentSource documents = DocumentSources.open(
                corpus.input(),
                new Fields(fields.text(), fields.id(), List.of(fields.lossStart(), fields.solutionStart())));
        return corpus.limitMb() == 0 ? documents : documents.limitedTo(corpus.limitMb() * 1_000_000);
    }

    private static QualityRules rules(QualityConfig quality) {
        return new QualityRules(
                quality.minCharacters(),
                quality.maxCharacters() == 0 ? Integer.MAX_VALUE : quality.maxCharacters(),
                quality.maxRepeatedLines(),
                quality.maxRepeatedNgrams(),
                quality.exactDuplicates(),
                quality.nearDuplicates());
    }

    private EvaluationTexts evaluationTexts() throws IOException {
        EvaluationTexts texts = new EvaluationTexts();
        for (EvaluationSetConfig set : config.quality().evaluationSets()) {
            long before = texts.texts();
            DocumentSources.open(set.input(), new Fields(set.text(), "id", List.of()))
                    .read(new EvaluationSink(texts));
            err.printf("%s: %,d evaluation texts to be kept out%n", set.input(), texts.texts() - before);
        }
        if (texts.tooShort() > 0) {
            err.printf(
                    "%,d evaluation texts have fewer than %d words and are not looked for%n",
                    texts.tooShort(), EvaluationTexts.NGRAM);
        }
        return texts;
    }

    /** An evaluation set with a hole would let through what it is there to keep out. */
    private record EvaluationSink(EvaluationTexts texts) implements DocumentSource.Sink {
        @Override
        public boolean accept(SourceDocument document) {
            if (!(document instanceof Document text)) {
                throw new DataException(document.id() + ": an evaluation set must be text, not token ids");
            }
            texts.add(text.text());
            return true;
        }

        @Override
        public void reject(String file, long position, String reason) {
            throw new DataException(
                    "%s:%d: a bad record in an evaluation set (%s); repair it".formatted(file, position, reason));
        }
    }
}
