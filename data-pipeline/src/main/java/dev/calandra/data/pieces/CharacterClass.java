package dev.calandra.data.pieces;

/**
 * The classes that the patterns of byte-level tokenizers tell apart, as the tokenizers library's regular expressions define them:
 * {@code \p{L}}, {@code \p{N}}, {@code \s} with the two line ends apart, and everything else. Java and the library follow the same version of
 * Unicode; a test holds every code point of one against the other.
 */
final class CharacterClass {
    static final byte OTHER = 0;
    static final byte LETTER = 1;
    static final byte NUMBER = 2;
    static final byte SPACE = 3;
    static final byte LINE_END = 4;

    /** The basic multilingual plane; a surrogate is {@link #OTHER} and never asked for alone. */
    private static final byte[] BASIC = basic();

    private CharacterClass() {}

    /** Class of the code point that begins at an index. */
    static byte at(char[] text, int index, int end) {
        char c = text[index];
        return Character.isHighSurrogate(c) && index + 1 < end
                ? of(Character.toCodePoint(c, text[index + 1]))
                : BASIC[c];
    }

    /** Characters of the code point that begins at an index, 1 or 2. */
    static int length(char[] text, int index) {
        return Character.isHighSurrogate(text[index]) ? 2 : 1;
    }

    private static byte of(int codePoint) {
        if (codePoint == '\n' || codePoint == '\r') {
            return LINE_END;
        }
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            case Character.CONTROL -> codePoint >= '\t' && codePoint <= '\r' || codePoint == 0x85 ? SPACE : OTHER;
            default -> OTHER;
        };
    }

    private static byte[] basic() {
        byte[] classes = new byte[Character.MAX_VALUE + 1];
        for (int c = 0; c < classes.length; c++) {
            classes[c] = of(c);
        }
        return classes;
    }
}
