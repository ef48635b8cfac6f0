package dev.calandra.configs;

import java.util.List;
import java.util.stream.Collectors;

/** A config, or a record built in code, that breaks the rules. Carries every problem found, not just the first. */
public class ConfigException extends CalandraException {
    private final List<Problem> problems;

    /**
     * @param problems at least one, in the order in which the user should read them
     */
    public ConfigException(List<Problem> problems) {
        this(problems, null);
    }

    public ConfigException(List<Problem> problems, Throwable cause) {
        super(ExitCode.USAGE, problems.stream().map(Problem::toString).collect(Collectors.joining("\n")), cause);
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("a ConfigException needs a problem");
        }
        this.problems = List.copyOf(problems);
    }

    public ConfigException(Problem problem) {
        this(List.of(problem));
    }

    /** Every problem, at least one; the message is one line for each. */
    public final List<Problem> problems() {
        return problems;
    }
}
