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
    private static final Pattern TRASH = Pattern.compile("\\.trash-(step-\\d{9}|LATEST)\\..+");
    private static final Pattern STAGED = Pattern.compile("\\.tmp-(step-\\d{9}|LATEST)\\.(\\d{8})\\..+");

    private StepName() {}

    /** A committed step: complete, or damaged since. */
    static FileName committed(long step) {
        return new FileName(String.format("step-%09d", step));
    }

    /** A step being written; while its epoch is the highest, only the save that made the name may touch it. */
    static FileName staged(long step, long epoch, String saveId) {
        return new FileName(String.format(".tmp-%s.%08d.%s", committed(step), epoch, saveId));
    }

    /** A step being deleted: it left its committed name first, so that half a deletion never looks like a step. */
    static FileName trash(long step) {
        return new FileName(".trash-" + committed(step) + "." + UUID.randomUUID());
    }

    /** A damaged step, kept for inspection. */
    static FileName quarantined(long step) {
        return new FileName(committed(step) + ".bad-" + UUID.randomUUID());
    }

    /** A step of a course that was given up by going back before it. */
    static FileName aside(long step) {
        return new FileName(committed(step) + ".aside-" + UUID.randomUUID());
    }

    /** The hint being written. */
    static FileName stagedLatest(long epoch) {
        return new FileName(String.format(".tmp-%s.%08d.%s", LATEST, epoch, UUID.randomUUID()));
    }

    /** Something of an earlier epoch on its way out. */
    static FileName trash() {
        return new FileName(".trash-" + LATEST + "." + UUID.randomUUID());
    }

    static OptionalLong committedStep(String name) {
        Matcher matcher = COMMITTED.matcher(name);
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
    }

    static boolean isQuarantined(String name) {
        return QUARANTINED.matcher(name).matches();
    }

    /** What a deletion that was cut short leaves behind. */
    static boolean isTrash(String name) {
        return TRASH.matcher(name).matches();
    }

    /** The epoch of something that was being written; empty for all other names. */
    static OptionalLong stagedEpoch(String name) {
        Matcher matcher = STAGED.matcher(name);
        return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(2))) : OptionalLong.empty();
    }
}
