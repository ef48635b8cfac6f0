package dev.calandra.data.quality;

import java.util.Arrays;

/** A growing table from 64-bit hashes to numbers, twelve bytes a place, at most half full. */
final class LongTable {
    /** Returned for a key that is not there. */
    static final int ABSENT = -1;

    private long[] keys = new long[1 << 10];
    private int[] values = new int[1 << 10];
    private int size;

    LongTable() {
        Arrays.fill(values, ABSENT);
    }

    /** Puts a value, unless the key has one already, and returns the one it had or {@link #ABSENT}. */
    int putIfAbsent(long key, int value) {
        int place = place(key);
        if (values[place] != ABSENT) {
            return values[place];
        }
        keys[place] = key;
        values[place] = value;
        size++;
        if (2 * size > keys.length) {
            grow();
        }
        return ABSENT;
    }

    int get(long key) {
        return values[place(key)];
    }

    boolean contains(long key) {
        return get(key) != ABSENT;
    }

    int size() {
        return size;
    }

    private int place(long key) {
        int place = (int) (Words.mix(key) >>> 20) & keys.length - 1;
        while (values[place] != ABSENT && keys[place] != key) {
            place = place + 1 & keys.length - 1;
        }
        return place;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new int[keys.length];
        Arrays.fill(values, ABSENT);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != ABSENT) {
                int place = place(oldKeys[i]);
                keys[place] = oldKeys[i];
                values[place] = oldValues[i];
            }
        }
    }
}
