package dev.calandra.configs;

import java.util.List;

/**
 * What a record constructor throws: its problems have no file and keys relative to the record. Each rule also names every
 * key it looked at, so that the binder can leave out a complaint that rests on a value it could not read anyway.
 */
final class RejectedRecordException extends ConfigException {
    /**
     * A broken rule.
     *
     * @param keys the keys the rule looked at; the first is the one to complain about
     */
    record Violation(List<String> keys, String message) {
        Violation {
            keys = List.copyOf(keys);
        }
    }

    private final transient List<Violation> violations;

    RejectedRecordException(List<Violation> violations) {
        super(violations.stream()
                .map(violation -> new Problem("", 0, violation.keys().getFirst(), violation.message()))
                .toList());
        this.violations = List.copyOf(violations);
    }

    List<Violation> violations() {
        return violations;
    }
}
