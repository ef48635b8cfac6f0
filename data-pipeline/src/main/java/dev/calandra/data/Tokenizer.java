package dev.calandra.data;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.calandra.configs.DataException;
import dev.calandra.data.pieces.PieceEncoder;
import dev.calandra.data.pieces.PieceRules;
import dev.calandra.data.shards.Fingerprint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Any Hugging Face {@code tokenizer.json}, from a local file, with the ids that Hugging Face's own library gives: it is that library,
 * through DJL's native binding. Never goes to the network.
 *
 * <p>Two ways to encode. {@link #encode} takes text as text: a special token spelt out in a document ({@code <|endoftext|>}) becomes
 * ordinary pieces, so no document can end itself or speak as another role; added tokens that are not special are still recognised. {@link
 * #encodeWithSpecialTokens} recognises them, as Hugging Face does by default. Neither adds tokens of its own, truncates or pads.
 *
 * <p>The binding's native methods are called directly, not through its {@code HuggingFaceTokenizer}: that class truncates to 512 tokens
 * unless told otherwise, reports its start to a server, and copies strings and offsets that are not needed here for every token.
 *
 * <p>Where the definition allows it ({@link PieceRules}), {@link #encode} has a cache from pre-token to ids in front of the library; the ids
 * are the same.
 *
 * <p>Safe for use by many threads; {@link #close} must come after the last use.
 */
public final class Tokenizer implements AutoCloseable {
    private final Path file;
    private final TokenizerDefinition definition;
    private final String sha256;
    private final long plainHandle;
    private final long fullHandle;
    private final Optional<PieceEncoder> cache;

    private Tokenizer(Path file, TokenizerDefinition definition, String sha256) {
        this.file = file;
        this.definition = definition;
        this.sha256 = sha256;
        this.plainHandle = create(file, definition.plainJson());
        this.fullHandle = create(file, definition.fullJson());
        this.cache = definition.pieceRules().map(rules -> new PieceEncoder(rules, this::encodePieces));
    }

    /**
     * Reads a tokenizer.
     *
     * @throws DataException when the file is missing, is not a tokenizer, or names no end-of-text token
     */
    public static Tokenizer open(Path file) {
        byte[] json = read(file);
        TokenizerDefinition definition = TokenizerDefinition.parse(file, json);
        loadNativeLibrary();
        return new Tokenizer(file, definition, Fingerprint.ofBytes(json));
    }

    /** Token ids of ordinary text; see the class comment for special tokens. An unpaired surrogate is encoded as U+FFFD. */
    public int[] encode(String text) {
        String clean = withoutLoneSurrogates(text);
        return cache.isPresent() && definition.pieceRules().orElseThrow().hold(clean)
                ? cache.get().encode(clean)
                : encode(plainHandle, clean);
    }

    /** The same ids from the library alone, without the cache: what {@link #encode} is held against. */
    public int[] encodeByLibrary(String text) {
        return encode(plainHandle, withoutLoneSurrogates(text));
    }

    /** Why every text goes to the library alone; empty when a cache is in front of it. */
    public Optional<String> cacheRefusal() {
        return Optional.of(definition.cacheRefusal()).filter(reason -> !reason.isEmpty());
    }

    /** Token ids of text in which special tokens are recognised, as in a prompt that uses roles. */
    public int[] encodeWithSpecialTokens(String text) {
        return encode(fullHandle, withoutLoneSurrogates(text));
    }

    /**
     * The text of token ids, special tokens included. Bytes that are not UTF-8 (a character cut between two tokens) become U+FFFD.
     *
     * @throws DataException when an id is not in the vocabulary
     */
    public String decode(int[] tokens) {
        long[] ids = new long[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= vocabSize()) {
                throw new DataException("token id %d at position %d is outside the vocabulary of %s (%d ids)"
                        .formatted(tokens[i], i, file, vocabSize()));
            }
            ids[i] = tokens[i];
        }
        return TokenizersLibrary.LIB.decode(fullHandle, ids, false);
    }

    /** Largest token id + 1, added tokens included. */
    public int vocabSize() {
        return definition.vocabSize();
    }

    /** Id of the token that ends every document. */
    public int endOfText() {
        return definition.endOfText();
    }

    /** Id of a special token such as {@code <think>}, if the tokenizer has it. */
    public OptionalInt specialToken(String content) {
        Integer id = definition.specialTokens().get(content);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** SHA-256 of the file, 64 hexadecimal digits: shards carry it, so that ids are never read with another vocabulary. */
    public String sha256() {
        return sha256;
    }

    /** The file that was read. */
    public Path file() {
        return file;
    }

    /**
     * How many bytes of UTF-8 text each token id stands for, 0 for special tokens: the denominator of bits per byte.
     *
     * @return a fresh array [vocabSize]
     * @throws DataException when the tokenizer is not byte-level, where a token's bytes depend on its neighbours
     */
    public int[] byteLengths() {
        if (definition.byteLengths() == null) {
            throw new DataException(
                    file
                            + ": not a byte-level tokenizer, so bytes per token are not defined; use one whose decoder is ByteLevel");
        }
        return definition.byteLengths().clone();
    }

    /** Whether {@link #byteLengths} is defined. */
    public boolean isByteLevel() {
        return definition.byteLengths() != null;
    }

    @Override
    public void close() {
        TokenizersLibrary.LIB.deleteTokenizer(plainHandle);
        TokenizersLibrary.LIB.deleteTokenizer(fullHandle);
    }

    private static int[] encode(long handle, String text) {
        long encoding = TokenizersLibrary.LIB.encode(handle, text, false);
        try {
            long[] ids = TokenizersLibrary.LIB.getTokenIds(encoding);
            int[] tokens = new int[ids.length];
            for (int i = 0; i < ids.length; i++) {
                tokens[i] = Math.toIntExact(ids[i]);
            }
            return tokens;
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    /** A list of words is encoded word by word; the library tells of each token which word it came from. */
    private int[][] encodePieces(String[] pieces) {
        long encoding = TokenizersLibrary.LIB.encodeList(plainHandle, pieces, false);
        try {
            long[] ids = TokenizersLibrary.LIB.getTokenIds(encoding);
            long[] words = TokenizersLibrary.LIB.getWordIds(encoding);
            int[][] result = new int[pieces.length][];
            int from = 0;
            for (int word = 0; word < pieces.length; word++) {
                int to = from;
                while (to < ids.length && words[to] == word) {
                    to++;
                }
                result[word] =
                        Arrays.stream(ids, from, to).mapToInt(Math::toIntExact).toArray();
                from = to;
            }
            return result;
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    /** The native side reads UTF-8, which has no form for half of a surrogate pair. */
    static String withoutLoneSurrogates(String text) {
        if (isUnicode(text)) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> clean.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c));
        return clean.toString();
    }

    private static boolean isUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new DataException(
                    file + ": cannot read the tokenizer (" + (Files.exists(file) ? e.getMessage() : "no such file")
                            + "); set data.tokenizer to a Hugging Face tokenizer.json",
                    e);
        }
    }

    private static long create(Path file, String json) {
        try {
            return TokenizersLibrary.LIB.createTokenizerFromString(json);
        } catch (RuntimeException e) {
            throw new DataException(file + ": the tokenizers library refuses it (" + e.getMessage() + ")", e);
        }
    }

    /**
     * The library travels inside the jar and is unpacked once into a cache folder (DJL_CACHE_DIR, else the home folder, else the temporary
     * folder). Offline mode and the CPU flavour are set first, or a machine with CUDA would make DJL download another build of it.
     */
    private static void loadNativeLibrary() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        try {
            LibUtils.checkStatus();
        } catch (RuntimeException | LinkageError e) {
            throw new DataException(
                    "cannot load the tokenizers library for %s %s (%s); set DJL_CACHE_DIR to a writable folder"
                            .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), e.getMessage()),
                    e);
        }
    }
}
