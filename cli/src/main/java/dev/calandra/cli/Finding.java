package dev.calandra.cli;

/**
 * One line of {@code calandra doctor}.
 *
 * @param subject what was looked at
 * @param found what there is
 * @param remedy what to change; empty where all is well
 */
record Finding(String subject, String found, String remedy) {

    static Finding ok(String subject, String found) {
        return new Finding(subject, found, "");
    }

    /** A warning with its remedy when {@code fails}, and a line that says ok when not. */
    static Finding check(String subject, String found, boolean fails, String remedy) {
        return new Finding(subject, found, fails ? remedy : "");
    }
}
