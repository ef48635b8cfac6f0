package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of a run folder's entries, and what each of them promises. */
final class StepName {
    static final long MAX_STEP = 999_999_999;

    /** Names the newest commit. A hint for people and scripts; nothing here reads it. */
    static final FileName LATEST = new FileName("LATEST");

    private static final Pattern COMMITTED = Pattern.compile("step-(\\d{9})");
    private static final Pattern QUARANTINED = Pattern.compile("step-\\d{9}\\.bad-.+");
    private static final Pattern LEFTOVER = Pattern.compile("\\.(tmp|trash)-(step-\\d{9}|LATEST)\\..+");

    private StepName() {}

    /** A committed step: complete, or damaged since. */
    static FileName committed(long step) {
        return new FileName(String.format("step-%09d", step));
    }

    /** A step being written; only the save that made the name may touch it. */
    static FileName staged(long step, String saveId) {
        return new FileName(".tmp-" + committed(step) + "." + saveId);
    }

    /** A step being deleted: it left its committed name first, so that half a deletion never looks like a step. */
    static FileName trash(long step) {
        return new FileName(".trash-" + committed(step) + "." + UUID.randomUUID());
    }

    /** A damaged step, kept for inspection. */
    static FileName quarantined(long step) {
        return new FileName(committed(step) + ".bad-" + UUID.randomUUID());
    }

    static FileName stagedLatest() {
        return new FileName(".tmp-" + LATEST + "." + UUID.randomUUID());
    }

    static OptionalLong committedStep(String name) {
        Matcher matcher = COMMITTED.matcher(name);
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    static boolean isQuarantined(String name) {
        return QUARANTINED.matcher(name).matches();
    }

    /** What a crash may leave behind. */
    static boolean isLeftover(String name) {
        return LEFTOVER.matcher(name).matches();
    }
}
