package dev.calandra.configs;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** A parsed document, before anything is known about what its keys mean. Immutable. */
sealed interface ValueTree {
    /** Where to point when this value is wrong: its key's place, or for an item of a list its own. */
    Origin origin();

    /** What to call this value in a message, such as {@code 4} or {@code a block}. */
    String shown();

    /** The type that YAML 1.2's core schema gives to a scalar. */
    enum ScalarType {
        STRING,
        INTEGER,
        FLOAT,
        BOOLEAN,
        NULL
    }

    /** A single value, as written. */
    record Scalar(String text, ScalarType type, Origin origin) implements ValueTree {
        private static final int LONGEST_SHOWN = 60;

        @Override
        public String shown() {
            StringBuilder line = new StringBuilder();
            text.codePoints()
                    .limit(LONGEST_SHOWN)
                    .forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
            return text.codePointCount(0, text.length()) > LONGEST_SHOWN ? line + "…" : line.toString();
        }
    }

    /** Keys and their values, in the order of the document. */
    record Mapping(SequencedMap<String, ValueTree> entries, Origin origin) implements ValueTree {
        public Mapping {
            entries = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(entries));
        }

        /** The single value of a key in a block of this one, if there is one. */
        Optional<Scalar> scalar(String block, String key) {
            return entries.get(block) instanceof Mapping mapping
                            && mapping.entries().get(key) instanceof Scalar found
                    ? Optional.of(found)
                    : Optional.empty();
        }

        @Override
        public String shown() {
            return "a block";
        }
    }

    /** Items in order. */
    record Sequence(List<ValueTree> items, Origin origin) implements ValueTree {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String shown() {
            return "a list";
        }
    }

    /** A value whose notation was refused, and reported, when the document was read. */
    record Refused(Origin origin) implements ValueTree {
        @Override
        public String shown() {
            return "refused";
        }
    }
}
