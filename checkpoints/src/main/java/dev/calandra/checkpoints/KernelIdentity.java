package dev.calandra.checkpoints;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What Linux knows a process by, beside its number: none of it depends on a clock that can be set, and none is the same for two containers
 * that share a host's name.
 *
 * @param machine contents of {@code /etc/machine-id}, empty where there is none
 * @param bootId of the running kernel, new at every start of the machine
 * @param pidNamespace within which the process has its number, such as {@code pid:[4026531836]}
 * @param startTicks when it began, in clock ticks since the machine did (proc_pid_stat(5), field 22)
 */
record KernelIdentity(String machine, String bootId, String pidNamespace, long startTicks) {
    /** The one namespace that is there from the start of a kernel; its number is fixed (PROC_PID_INIT_INO in Linux's proc_ns.h). */
    static final String INITIAL_NAMESPACE = "pid:[4026531836]";

    private static final int FIELD_AFTER_NAME = 3;
    private static final int START_FIELD = 22;

    /** Of the process that asks; empty where this is not Linux or its /proc is hidden. */
    static Optional<KernelIdentity> ofThisProcess() {
        try {
            Optional<Long> start = startTicks(ProcessHandle.current().pid());
            Path machine = Path.of("/etc/machine-id");
            return start.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new KernelIdentity(
                            Files.isReadable(machine)
                                    ? Files.readString(machine).strip()
                                    : "",
                            Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                                    .strip(),
                            Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString(),
                            start.get()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** When a process of this namespace began; empty when there is none of that number, or it cannot be told. */
    static Optional<Long> startTicks(long pid) {
        try {
            byte[] stat = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "stat"));
            String text = new String(stat, StandardCharsets.ISO_8859_1);
            // The second field is the program's name in brackets, with any blanks and brackets that it likes to have.
            String[] fields = text.substring(text.lastIndexOf(')') + 2).split(" ");
            return Optional.of(Long.parseLong(fields[START_FIELD - FIELD_AFTER_NAME]));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    /** Whether a number that this names can be looked up by {@code now}'s process. */
    boolean sharesNumbersWith(KernelIdentity now) {
        return bootId.equals(now.bootId) && pidNamespace.equals(now.pidNamespace);
    }

    /**
     * Whether the machine of this has certainly been started again since: outside of containers, a machine id names one. Inside, another
     * boot may as well be another machine.
     */
    boolean endedWithItsBoot(KernelIdentity now) {
        return !bootId.equals(now.bootId)
                && !machine.isEmpty()
                && machine.equals(now.machine)
                && pidNamespace.equals(INITIAL_NAMESPACE)
                && now.pidNamespace.equals(INITIAL_NAMESPACE);
    }
}
