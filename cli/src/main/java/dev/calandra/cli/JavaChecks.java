package dev.calandra.cli;

import java.lang.management.ManagementFactory;
import java.util.List;

/** What the doctor looks at in the Java machine. */
final class JavaChecks {
    private static final Runtime.Version NEEDED = Runtime.Version.parse("25.0.3");
    private static final String LAUNCHER = "start with scripts/calandra, which passes the flag ";

    private JavaChecks() {}

    static List<Finding> all() {
        return List.of(jdk(), heap(), vectorModule(), nativeAccess(), arrowAccess());
    }

    private static Finding jdk() {
        return Finding.check(
                "JDK",
                System.getProperty("java.vendor") + " " + Runtime.version() + " in " + System.getProperty("java.home"),
                Runtime.version().compareToIgnoreOptional(NEEDED) < 0,
                "install JDK " + NEEDED + " or newer; earlier ones corrupt zstd output");
    }

    private static Finding heap() {
        long heap = Runtime.getRuntime().maxMemory() >> 20;
        return Finding.check(
                "Java heap",
                heap + " MiB (tensors live outside it)",
                heap < 512,
                "raise it, for example CALANDRA_JAVA_OPTS=-Xmx2g");
    }

    private static Finding vectorModule() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return Finding.check(
                "Vector API",
                present ? "module present" : "module missing",
                !present,
                LAUNCHER + "--add-modules=jdk.incubator.vector");
    }

    private static Finding nativeAccess() {
        boolean enabled = Main.class.getModule().isNativeAccessEnabled();
        List<String> arguments = ManagementFactory.getRuntimeMXBean().getInputArguments();
        boolean unsafe = arguments.contains("--sun-misc-unsafe-memory-access=allow");
        return Finding.check(
                "native access",
                enabled && unsafe ? "enabled" : "not enabled",
                !enabled || !unsafe,
                LAUNCHER + "--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow");
    }

    private static Finding arrowAccess() {
        boolean open = Object.class.getModule().isOpen("java.nio", Main.class.getModule());
        return Finding.check(
                "java.nio for Arrow",
                open ? "open" : "closed",
                !open,
                LAUNCHER + "--add-opens=java.base/java.nio=ALL-UNNAMED");
    }
}
