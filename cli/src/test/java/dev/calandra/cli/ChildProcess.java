package dev.calandra.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands in processes of their own, which can be sent signals. */
final class ChildProcess {
    /** A shell starts what it puts into the background deaf to Ctrl-C, nohup deaf to a closed terminal, and Java respects that. */
    static final List<String> HEARING_SIGNALS = List.of("env", "--default-signal=INT,HUP");

    private ChildProcess() {}

    /**
     * Starts a command on the class path of this process.
     *
     * @param errors file that takes what it writes to its standard error
     */
    static Process start(List<String> arguments, Path errors) throws IOException {
        List<String> command = new ArrayList<>(HEARING_SIGNALS);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectError(errors.toFile()).start();
    }
}
