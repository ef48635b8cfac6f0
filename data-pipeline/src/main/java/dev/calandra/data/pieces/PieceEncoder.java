package dev.calandra.data.pieces;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Token ids of texts, pre-token by pre-token, through a cache: words follow Zipf's law, so nearly every pre-token has been seen before. The
 * cache is a table of sets with two places each; a newcomer takes the first place and pushes the older one into the second, so memory is
 * bounded and the frequent ones stay.
 *
 * <p>Safe for use by many threads without locks: entries are immutable, and a thread that does not see another's entry asks again and gets
 * the same ids.
 */
public final class PieceEncoder {
    private static final int SETS = 1 << 17;

    /** Longer ones (rules of dashes, base64) are hardly ever seen again. */
    private static final int MAX_CACHED_CHARACTERS = 64;

    private final PieceRules rules;
    private final Library library;
    private final Entry[] table = new Entry[2 * SETS];

    /** Whoever knows the ids of a pre-token. */
    @FunctionalInterface
    public interface Library {
        /** The ids of each piece, encoded alone, in order. */
        int[][] encode(String[] pieces);
    }

    /** One pre-token. Final fields: safe to publish by a plain write. */
    private record Entry(int hash, char[] piece, int[] ids) {
        boolean is(int otherHash, char[] text, int from, int end) {
            return hash == otherHash && Arrays.equals(piece, 0, piece.length, text, from, end);
        }
    }

    /** An empty cache. */
    public PieceEncoder(PieceRules rules, Library library) {
        this.rules = rules;
        this.library = library;
    }

    /**
     * Token ids of a text for which the rules hold.
     *
     * @param text without lone surrogates
     */
    public int[] encode(String text) {
        char[] characters = text.toCharArray();
        Run run = new Run(characters.length);
        int from = 0;
        while (from < characters.length) {
            int end = rules.pattern().next(characters, from, characters.length);
            int hash = hash(characters, from, end);
            Entry entry = find(hash, characters, from, end);
            if (entry != null) {
                run.append(entry.ids());
            } else {
                run.appendMissing(new String(characters, from, end - from));
            }
            from = end;
        }
        return run.missing.isEmpty() ? run.ids() : resolve(run);
    }

    private Entry find(int hash, char[] text, int from, int end) {
        int set = 2 * (hash & SETS - 1);
        Entry first = table[set];
        if (first != null && first.is(hash, text, from, end)) {
            return first;
        }
        Entry second = table[set + 1];
        return second != null && second.is(hash, text, from, end) ? second : null;
    }

    /** Asks the library for what the cache did not have, all at once, and puts it into its places. */
    private int[] resolve(Run run) {
        String[] pieces = run.missing.keySet().toArray(String[]::new);
        int[][] found = library.encode(pieces);
        int[][] byNumber = new int[pieces.length][];
        for (int i = 0; i < pieces.length; i++) {
            byNumber[run.missing.get(pieces[i])] = found[i];
            remember(pieces[i], found[i]);
        }
        return run.withMissing(byNumber);
    }

    private void remember(String piece, int[] ids) {
        if (piece.length() > MAX_CACHED_CHARACTERS) {
            return;
        }
        char[] characters = piece.toCharArray();
        int hash = hash(characters, 0, characters.length);
        int set = 2 * (hash & SETS - 1);
        table[set + 1] = table[set];
        table[set] = new Entry(hash, characters, ids);
    }

    private static int hash(char[] text, int from, int end) {
        int hash = end - from;
        for (int i = from; i < end; i++) {
            hash = 31 * hash + text[i];
        }
        hash *= 0x9E3779B1;
        return hash ^ hash >>> 15;
    }

    /** The ids of one text under way; a place still to be filled holds -1 - the number of the missing piece. */
    private static final class Run {
        private final Map<String, Integer> missing = new HashMap<>();
        private int[] ids;
        private int count;

        private Run(int characters) {
            ids = new int[characters / 3 + 16];
        }

        void append(int[] more) {
            if (count + more.length > ids.length) {
                ids = Arrays.copyOf(ids, Math.max(2 * ids.length, count + more.length));
            }
            for (int id : more) {
                ids[count++] = id;
            }
        }

        void appendMissing(String piece) {
            Integer number = missing.putIfAbsent(piece, missing.size());
            appendPlace(number == null ? missing.size() - 1 : number);
        }

        private void appendPlace(int number) {
            append(new int[] {-1 - number});
        }

        int[] ids() {
            return Arrays.copyOf(ids, count);
        }

        int[] withMissing(int[][] found) {
            int length = 0;
            for (int i = 0; i < count; i++) {
                length += ids[i] < 0 ? found[-1 - ids[i]].length : 1;
            }
            int[] full = new int[length];
            int at = 0;
            for (int i = 0; i < count; i++) {
                if (ids[i] < 0) {
                    int[] piece = found[-1 - ids[i]];
                    System.arraycopy(piece, 0, full, at, piece.length);
                    at += piece.length;
                } else {
                    full[at++] = ids[i];
                }
            }
            return full;
        }
    }
}
