package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A run of two ranks under {@code calandra launch}: this build, in small and quick JVMs.
 *
 * @param directory the run folder
 * @param output what everybody says
 */
record LaunchedRun(Process launch, Path directory, Path output) {

    /** Arguments that only rank 1 gets. */
    private static final String FOR_RANK_1 = "CALANDRA_TEST_RANK_1";

    private static final long LONGEST_SECONDS = 300;

    /** Makes a folder a home of this build; whoever starts a run there needs Open MPI, or is skipped with a loud line. */
    static void prepare(Path folder) throws IOException {
        boolean installed = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "mpirun")));
        if (!installed) {
            System.err.println(
                    "*** SKIPPED: mpirun is missing, so no rank was killed; apt-get install -y openmpi-bin ***");
        }
        assumeTrue(installed, "mpirun is missing");
        Path launcher = Files.createDirectories(folder.resolve("scripts")).resolve("calandra");
        Files.writeString(launcher, """
                #!/bin/sh
                if [ "${OMPI_COMM_WORLD_RANK:-}" = 1 ]; then
                    exec %1$s "$@" ${%2$s:-}
                fi
                exec %1$s "$@"
                """.formatted(String.join(" ", java(folder)), FOR_RANK_1));
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
    }

    private static List<String> java(Path folder) {
        return List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens",
                "java.base/java.nio=ALL-UNNAMED",
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Dcalandra.home=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
    }

    /** Settings that the runs here have in common, after those of the tiny config. */
    static List<String> settings(Path directory) {
        return List.of(
                "run.directory=" + directory,
                "run.save_every=5",
                "run.evaluate_every=0",
                "parallel.expert=2",
                "parallel.patience_seconds=5");
    }

    /**
     * Starts.
     *
     * @param name of the run folder, new or not
     * @param rank1 more arguments for rank 1 alone
     */
    static LaunchedRun start(TinyRun tiny, String name, int restarts, String rank1, String... sets) throws IOException {
        Path directory = tiny.folder().resolve(name);
        Path output = Files.createTempFile(tiny.folder(), name, ".txt");
        List<String> command = new ArrayList<>(ChildProcess.HEARING_SIGNALS);
        command.addAll(java(tiny.folder()));
        command.addAll(List.of("launch", "--ranks", "2", "--restarts", Integer.toString(restarts)));
        command.addAll(List.of("pretrain", TinyRun.PICO));
        Stream.of(tiny.settings().stream(), settings(directory).stream(), Stream.of(sets))
                .flatMap(all -> all)
                .forEach(set -> command.addAll(List.of("--set", set)));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put(FOR_RANK_1, rank1);
        return new LaunchedRun(builder.start(), directory, output);
    }

    /** Waits until so many steps stand in the metrics. */
    void awaitSteps(int steps) throws IOException, InterruptedException {
        while (losses().size() < steps) {
            assertThat(launch.isAlive()).as(said()).isTrue();
            Thread.sleep(20);
        }
    }

    /** Waits until something was said. */
    void awaitWord(String word) throws IOException, InterruptedException {
        boolean alive = true;
        while (!said().contains(word)) {
            assertThat(alive).as(said()).isTrue();
            alive = launch.isAlive();
            Thread.sleep(20);
        }
    }

    /** Signals the launcher itself, as Ctrl-C does. */
    void signal(String name) throws IOException, InterruptedException {
        signal(name, launch.pid());
    }

    /** Signals the process of a rank as soon as there is one. */
    void signalRank(String name, int rank) throws IOException, InterruptedException {
        Optional<ProcessHandle> process = Optional.empty();
        while (process.isEmpty()) {
            assertThat(launch.isAlive()).as(said()).isTrue();
            process = processOf(rank);
        }
        signal(name, process.get().pid());
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
        assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    /** The process below the launcher that Open MPI has given this rank. */
    private Optional<ProcessHandle> processOf(int rank) {
        return launch.descendants()
                .filter(process -> process.info().command().orElse("").endsWith("java"))
                .filter(process -> hasEnvironment(process, "OMPI_COMM_WORLD_RANK=" + rank))
                .findFirst();
    }

    private static boolean hasEnvironment(ProcessHandle process, String variable) {
        try {
            Path file = Path.of("/proc", Long.toString(process.pid()), "environ");
            return List.of(Files.readString(file, StandardCharsets.ISO_8859_1).split("\0"))
                    .contains(variable);
        } catch (IOException e) {
            // It has just ended.
            return false;
        }
    }

    /** Waits for the end: its status. */
    int await() throws InterruptedException, IOException {
        assertThat(launch.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).as(said()).isTrue();
        return launch.exitValue();
    }

    String said() throws IOException {
        return Files.readString(output);
    }

    /** What does not depend on the clock, of every step so far. */
    List<String> losses() throws IOException {
        return losses(directory);
    }

    static List<String> losses(Path directory) throws IOException {
        Path metrics = directory.resolve("metrics.jsonl");
        if (!Files.exists(metrics)) {
            return List.of();
        }
        return Files.readAllLines(metrics).stream()
                .filter(line -> line.contains("\"event\":\"step\""))
                .map(line -> line.replaceFirst(",\"time\":.*", ""))
                .toList();
    }
}
