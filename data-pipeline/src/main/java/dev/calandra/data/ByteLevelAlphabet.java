package dev.calandra.data;

import java.util.BitSet;

/**
 * The 256 characters with which byte-level BPE (GPT-2) writes bytes: printable Latin-1 stands for itself, the other 68 bytes take the code
 * points from 256 on in the order of the bytes.
 */
final class ByteLevelAlphabet {
    private static final BitSet CHARACTERS = characters();

    private ByteLevelAlphabet() {}

    /** Whether every character of a piece stands for one byte. */
    static boolean contains(String piece) {
        return piece.codePoints().allMatch(CHARACTERS::get);
    }

    private static BitSet characters() {
        BitSet set = new BitSet(512);
        set.set('!', '~' + 1);
        set.set(0xA1, 0xAC + 1);
        set.set(0xAE, 0xFF + 1);
        set.set(256, 256 + 256 - set.cardinality());
        return set;
    }
}
