package dev.calandra.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the doctor looks at in the machine itself. */
final class MachineChecks {
    private static final long GIB = 1L << 30;
    private static final long PICO_NEEDS_BYTES = 3 * GIB;

    private MachineChecks() {}

    /**
     * @param folder where runs would be kept
     * @param environment the environment variables
     */
    static List<Finding> all(Path folder, Map<String, String> environment) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return List.of(
                cores(system),
                memory(system),
                blasThreads(environment),
                disk(folder),
                hadoop(environment),
                gpu(Path.of("/proc/driver/nvidia/version")));
    }

    private static Finding cores(OperatingSystemMXBean system) {
        int cores = system.getAvailableProcessors();
        double load = system.getSystemLoadAverage();
        return Finding.check(
                "cores",
                "%d (%s), load %.1f".formatted(cores, system.getArch(), load),
                load > cores + 0.5,
                "other programs compete for the cores; runs will be slower, and measurements mean little");
    }

    private static Finding memory(OperatingSystemMXBean system) {
        long free = system.getFreeMemorySize();
        return Finding.check(
                "memory",
                "%.1f GiB, %.1f GiB free".formatted((double) system.getTotalMemorySize() / GIB, (double) free / GIB),
                system.getTotalMemorySize() < PICO_NEEDS_BYTES,
                "the demo needs about 3 GiB; use a smaller model or batch");
    }

    private static Finding blasThreads(Map<String, String> environment) {
        String threads = environment.getOrDefault("OMP_NUM_THREADS", "not set");
        return Finding.check(
                "OMP_NUM_THREADS",
                threads,
                !threads.equals("1"),
                "set it to 1: the kernels split work over Java threads themselves, and two pools compete");
    }

    private static Finding disk(Path folder) {
        try {
            long free = Files.getFileStore(folder).getUsableSpace();
            return Finding.check(
                    "disk",
                    "%.1f GiB free in %s".formatted((double) free / GIB, folder),
                    free < 2 * GIB || !Files.isWritable(folder),
                    "the demo keeps about 1 GiB in runs/; free some space or work in another, writable folder");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Finding hadoop(Map<String, String> environment) {
        String configured = environment.get("HADOOP_CONF_DIR");
        if (configured == null) {
            return Finding.ok("HADOOP_CONF_DIR", "not set (needed only where hdfs:// paths name no host)");
        }
        return Finding.check(
                "HADOOP_CONF_DIR",
                configured,
                !Files.isReadable(Path.of(configured, "core-site.xml")),
                "it has no readable core-site.xml; point it at the cluster's client configuration");
    }

    private static Finding gpu(Path driver) {
        if (!Files.exists(driver)) {
            return Finding.ok("GPU", "no NVIDIA driver; Calandra computes on the CPU");
        }
        return Finding.ok(
                "GPU",
                "NVIDIA driver present, not used: ND4J's CUDA artifact ends at compute capability 8.6, and Calandra"
                        + " computes on the CPU");
    }
}
