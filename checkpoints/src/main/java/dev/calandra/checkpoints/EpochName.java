package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names in a run's {@code epochs} folder. */
final class EpochName {
    static final FileName FOLDER = new FileName("epochs");

    private static final Pattern CLAIM = Pattern.compile("epoch-(\\d{8})");
    private static final Pattern ANY = Pattern.compile("epoch-(\\d{8})(\\.released)?");

    private EpochName() {}

    /** The file whose creation wins an epoch. */
    static FileName claim(long epoch) {
        return new FileName(String.format("epoch-%08d", epoch));
    }

    /** The file that ends a claim. */
    static FileName released(long epoch) {
        return new FileName(claim(epoch) + ".released");
    }

    /** The epoch of a claim's name. */
    static OptionalLong claimed(String name) {
        return epoch(CLAIM.matcher(name));
    }

    /** The epoch that any name of ours belongs to. */
    static OptionalLong epochOf(String name) {
        return epoch(ANY.matcher(name));
    }

    private static OptionalLong epoch(Matcher matcher) {
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }
}
